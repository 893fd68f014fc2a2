// What a page shows stands in its address: filters, sorting and the unit of amounts.
import { derived, get } from 'svelte/store';
import { goto } from '$app/navigation';
import { page } from '$app/stores';

/** Yuan in one unit, and the decimals that show it to the cent, or nearly. */
export const UNITS = {
	wan: { label: '万元', yuan: 1e4, decimals: 2 },
	yuan: { label: '元', yuan: 1, decimals: 2 },
	yi: { label: '亿元', yuan: 1e8, decimals: 4 }
};
const KEPT = ['unit'];

/** The unit of amounts as the address has it. */
export const unit = derived(page, ($page) => UNITS[$page.url.searchParams.get('unit')] ?? UNITS.wan);

/** Put values into the address; null and '' take them out. Going back undoes it. */
export function remember(values) {
	const url = new URL(get(page).url);
	for (const [name, value] of Object.entries(values)) {
		if (value === null || value === undefined || value === '') url.searchParams.delete(name);
		else url.searchParams.set(name, value);
	}
	return goto(url, { keepFocus: true, noScroll: true });
}

/** An address within the site, with what holds for all pages carried along. */
export function address(path, values = {}, from = get(page).url) {
	const params = new URLSearchParams();
	for (const name of KEPT) if (from.searchParams.has(name)) params.set(name, from.searchParams.get(name));
	for (const [name, value] of Object.entries(values)) {
		if (value !== null && value !== undefined && value !== '') params.set(name, value);
	}
	const search = params.toString();
	return search ? `${path}?${search}` : path;
}

/** A value as SQL writes it. Values of pages reach a query in no other way. */
export function literal(value) {
	if (value === null || value === undefined || value === '') return 'null';
	if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
	return `'${String(value).replaceAll("'", "''")}'`;
}

/** Values as the inside of a list in SQL; no value is a list of null, which equals nothing. */
export function literals(values) {
	return values.length ? values.map(literal).join(', ') : 'null';
}
