import { writable } from 'svelte/store';

/** Reasons for care by their code, with their words; filled by the layout. */
export const reasons = writable(new Map());
