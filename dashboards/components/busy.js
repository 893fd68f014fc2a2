import { writable } from 'svelte/store';

/** How many queries of the page are not answered yet. */
export const unanswered = writable(0);
