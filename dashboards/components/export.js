// Tables as files. Amounts are in yuan to the cent whatever the page shows; codes are text.
import { VERDICTS, word } from './words.js';

const AMOUNTS = new Set(['amount']);
const UNITS = { amount: '（元）', percent: '（%）' };
// As many places as the marts have: what is beyond comes from binary fractions.
const PLACES = { amount: 2, percent: 4 };
const NUMBERS = new Set(['amount', 'percent', 'count', 'score']);
// A program that opens a CSV would run a cell that begins so.
const FORMULA = /^[=+\-@\t\r]/;

/** Head and rows of plain values: numbers, or text. */
export function plainTable(columns, rows, reasons) {
	const head = columns.map((column) => `${column.label}${UNITS[column.kind] ?? ''}`);
	const body = rows.map((row) => columns.map((column) => plainValue(column, row, reasons)));
	return { head, body };
}

function plainValue(column, row, reasons) {
	const value = row[column.id];
	if (column.kind === 'verdict') {
		const told = String(row[column.reasons] ?? '').split(' ').filter(Boolean);
		const words = told.map((reason) => reasons.get(reason)?.label_zh ?? reason).join('；');
		return [word(VERDICTS, value) || (words && '注意'), words].filter(Boolean).join('：') || null;
	}
	if (value === null || value === undefined || value === '') return null;
	if (NUMBERS.has(column.kind)) return Number(Number(value).toFixed(PLACES[column.kind] ?? 6));
	return column.words ? word(column.words, value) : String(value);
}

export function csv({ head, body }, columns) {
	const cell = (value, column) => {
		if (value === null) return '';
		if (typeof value === 'number') return AMOUNTS.has(column.kind) ? value.toFixed(2) : String(value);
		const safe = FORMULA.test(value) ? `'${value}` : value;
		return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
	};
	const lines = [head.map((value) => cell(value, {})), ...body.map((row) => row.map((value, i) => cell(value, columns[i])))];
	// The mark in front tells Excel that the text is UTF-8.
	return `\ufeff${lines.map((line) => line.join(',')).join('\r\n')}\r\n`;
}

export async function excel({ head, body }, columns) {
	const { default: write } = await import('write-excel-file/universal');
	const titles = head.map((value) => ({ value, type: String, fontWeight: 'bold' }));
	const cells = body.map((row) =>
		row.map((value, i) => {
			if (value === null) return null;
			if (typeof value !== 'number') return { value, type: String, format: '@' };
			return AMOUNTS.has(columns[i].kind) ? { value, type: Number, format: '#,##0.00' } : { value, type: Number };
		})
	);
	const widths = columns.map((column) => ({ width: NUMBERS.has(column.kind) ? 18 : 24 }));
	return write([titles, ...cells], { columns: widths, stickyRowsCount: 1 }).toBlob();
}

export function save(blob, name) {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(blob);
	link.download = name;
	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
