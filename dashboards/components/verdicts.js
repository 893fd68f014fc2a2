// Verdicts of rows that are drawn together.
const WORST_FIRST = ['not_comparable', 'with_care', 'comparable'];
const MARKS = '①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳';

/** The worst verdict of some rows, with the reasons of the rows that have it. */
export function judged(rows) {
	const verdict = WORST_FIRST.find((one) => rows.some((row) => row.comparability === one));
	const reasons = rows
		.filter((row) => row.comparability === verdict)
		.flatMap((row) => String(row.comparability_reasons ?? '').split(' '));
	return { verdict, reasons: [...new Set(reasons.filter(Boolean))].sort().join(' ') };
}

/** The years of a series that do not compare with the one before, each under the mark that the chart bears. */
export function breaks(rows) {
	return rows
		.filter((row) => row.comparability && row.comparability !== 'comparable')
		.map((row, i) => ({
			mark: MARKS[i] ?? `(${i + 1})`,
			year: row.fiscal_year,
			verdict: row.comparability,
			reasons: row.comparability_reasons
		}));
}
