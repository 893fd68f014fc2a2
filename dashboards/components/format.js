// Figures as text. What is not there is a dash, never a zero.
export const NOTHING = '—';

const decimals = new Map();

function number(value, digits) {
	if (!decimals.has(digits)) {
		decimals.set(
			digits,
			new Intl.NumberFormat('zh-CN', { minimumFractionDigits: digits, maximumFractionDigits: digits })
		);
	}
	return decimals.get(digits).format(value);
}

// The engine in the browser hands decimals over as doubles that are off in the last bits: 88.9 comes as
// 88.89999999999999. Taken to the decimals of the marts they are themselves again, and halves round up.
export const toCent = (yuan) => Number(Number(yuan).toFixed(2));
export const exact = (value) => Number(Number(value).toFixed(6));

const isNothing = (value) => value === null || value === undefined || Number.isNaN(value);

export function amount(yuan, unit) {
	return isNothing(yuan) ? NOTHING : number(toCent(yuan) / unit.yuan, unit.decimals);
}

export function percent(value) {
	return isNothing(value) ? NOTHING : `${number(exact(value), 2)}%`;
}

export function count(value) {
	return isNothing(value) ? NOTHING : number(exact(value), Number.isInteger(exact(value)) ? 0 : 2);
}

/** A UTC time as the reader's clock has it. */
export function time(iso) {
	if (!iso) return NOTHING;
	const at = new Date(iso);
	const two = (part) => String(part).padStart(2, '0');
	return (
		`${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
		`${two(at.getHours())}:${two(at.getMinutes())}`
	);
}
