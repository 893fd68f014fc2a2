// The options of the pages' charts, from rows as the queries give them.
import { amount } from './format.js';
import { short } from './chart.js';
import { STEPS, VERDICTS, word } from './words.js';

const axis = (c) => ({
	axisLine: { lineStyle: { color: c.line } },
	axisTick: { show: false },
	axisLabel: { color: c.muted },
	splitLine: { lineStyle: { color: c.line } }
});
const money = (unit) => ({
	type: 'value',
	name: unit.label,
	nameTextStyle: { align: 'left' }
});
const shown = (value, unit) => (value === null || value === undefined ? null : Number(value) / unit.yuan);
const plain = (value) => new Intl.NumberFormat('zh-CN', { notation: 'compact', maximumFractionDigits: 1 }).format(value);

/** Standing bars: one group for each row, one bar for each [column, label]; stacked if asked for. */
export function sumBars(rows, category, columns, unit, stack) {
	return (c, narrow) => ({
		grid: { left: 8, right: 8, top: 34, bottom: columns.length > 1 ? 34 : 8, containLabel: true },
		legend: { show: columns.length > 1, bottom: 0, textStyle: { color: c.ink } },
		tooltip: { trigger: 'axis', valueFormatter: (value) => (value === null ? '—' : amount(value * unit.yuan, unit)) },
		xAxis: { type: 'category', data: rows.map((row) => String(row[category])), ...axis(c) },
		yAxis: { ...money(unit), ...axis(c), nameTextStyle: { color: c.muted, align: 'left' }, axisLabel: { color: c.muted, formatter: plain }, splitNumber: narrow ? 3 : 5 },
		series: columns.map(([id, name]) => ({
			type: 'bar',
			name,
			stack: stack ? 'all' : undefined,
			barMaxWidth: 44,
			data: rows.map((row) => shown(row[id], unit))
		}))
	});
}

/** Lying bars, the first row on top. */
export function rankBars(rows, label, column, unit, colour = () => undefined) {
	return (c, narrow) => ({
		grid: { left: 8, right: narrow ? 76 : 96, top: 8, bottom: 8, containLabel: true },
		tooltip: { trigger: 'item', formatter: ({ dataIndex }) => `${rows[dataIndex][label]}\n${amount(rows[dataIndex][column], unit)} ${unit.label}` },
		xAxis: { type: 'value', ...axis(c), axisLabel: { color: c.muted, formatter: plain }, splitNumber: narrow ? 2 : 5 },
		yAxis: {
			type: 'category',
			inverse: true,
			data: rows.map((row) => String(row[label] ?? '')),
			...axis(c),
			axisLabel: { color: c.ink, formatter: (text) => short(text, narrow ? 9 : 20), interval: 0 }
		},
		series: [
			{
				type: 'bar',
				barMaxWidth: 22,
				data: rows.map((row) => ({ value: shown(row[column], unit), itemStyle: { color: colour(row, c) ?? c.series[0] } })),
				label: {
					show: true,
					position: 'right',
					color: c.ink,
					formatter: ({ dataIndex }) => amount(rows[dataIndex][column], unit)
				}
			}
		]
	});
}

/** Lying bars in groups: one group for each row, one bar for each [column, label]. */
export function groupBars(rows, label, columns, unit) {
	return (c, narrow) => ({
		grid: { left: 8, right: 24, top: 8, bottom: 34, containLabel: true },
		legend: { show: true, bottom: 0, textStyle: { color: c.ink } },
		tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, valueFormatter: (value) => (value === null || value === undefined ? '—' : `${amount(value * unit.yuan, unit)} ${unit.label}`) },
		xAxis: { type: 'value', ...axis(c), axisLabel: { color: c.muted, formatter: plain }, splitNumber: narrow ? 2 : 5 },
		yAxis: {
			type: 'category',
			inverse: true,
			data: rows.map((row) => String(row[label] ?? '')),
			...axis(c),
			axisLabel: { color: c.ink, formatter: (text) => short(text, narrow ? 9 : 20), interval: 0 }
		},
		series: columns.map(([id, name]) => ({ type: 'bar', name, barMaxWidth: 14, data: rows.map((row) => shown(row[id], unit)) }))
	});
}

/** Bars of one row's verdict: what must not be ranked is drawn pale. */
export const byVerdict = (row, c) =>
	row.comparability === 'not_comparable' ? c.bad : row.comparability === 'with_care' ? c.series[1] : c.series[0];

/** A series over the years. Where two years do not compare the line is cut under a mark; the list below says why. */
export function series(rows, columns, unit, marks) {
	return (c, narrow) => {
		const first = Math.min(...rows.map((row) => row.fiscal_year));
		const last = Math.max(...rows.map((row) => row.fiscal_year));
		const years = [];
		for (let year = first; year <= last; year++) years.push(year);
		const byYear = new Map(rows.map((row) => [row.fiscal_year, row]));
		const cut = (row) => row.comparability === 'not_comparable';
		// A place of its own before each year that is cut off: nothing is drawn there, so the line stops.
		const places = years.flatMap((year) => (byYear.has(year) && cut(byYear.get(year)) ? [`|${year}`, String(year)] : [String(year)]));
		const isWide = !narrow && places.length <= 12;
		return {
			grid: { left: 8, right: narrow ? 14 : 40, top: marks.length ? 46 : 30, bottom: columns.length > 1 ? 34 : 8, containLabel: true },
			legend: { show: columns.length > 1, bottom: 0, textStyle: { color: c.ink } },
			tooltip: { trigger: 'axis', valueFormatter: (value) => (value === null || value === undefined ? '—' : amount(value * unit.yuan, unit)) },
			xAxis: {
				type: 'category',
				data: places,
				...axis(c),
				axisLabel: { color: c.muted, formatter: (place) => (place.startsWith('|') ? '' : place) }
			},
			yAxis: { ...money(unit), ...axis(c), nameTextStyle: { color: c.muted, align: 'left' }, axisLabel: { color: c.muted, formatter: plain }, splitNumber: narrow ? 3 : 5 },
			series: columns.map(([id, name], i) => ({
				type: 'line',
				name,
				symbol: 'circle',
				symbolSize: 7,
				connectNulls: false,
				data: places.map((place) => (place.startsWith('|') ? null : shown(byYear.get(Number(place))?.[id], unit))),
				markLine:
					i === 0
						? {
								symbol: 'none',
								silent: true,
								data: marks.map(({ mark, year, verdict }) => {
									const isCut = verdict === 'not_comparable';
									const color = isCut ? c.bad : c.warn;
									return {
										xAxis: isCut ? `|${year}` : String(year),
										lineStyle: { color, type: isCut ? 'solid' : 'dotted' },
										label: {
											formatter: isWide ? `${mark} ${word(VERDICTS, verdict)}` : mark,
											color,
											position: 'end',
											fontSize: 13
										}
									};
								})
							}
						: undefined
			}))
		};
	};
}

/** From last year's total over the classes to this year's. */
export function waterfall(rows, unit) {
	return (c, narrow) => {
		let level = 0;
		const bars = rows.map((row) => {
			if (row.kind === 'previous_total' || row.kind === 'total') {
				level = Number(row.amount_cny ?? row.previous_cny);
				return { low: 0, high: level, colour: c.series[5], own: level };
			}
			const change = Number(row.change_cny);
			const bar = { low: Math.min(level, level + change), high: Math.max(level, level + change), colour: change < 0 ? c.down : c.up, own: change };
			level += change;
			return bar;
		});
		const name = (row) => row.harmonised_name ?? word(STEPS, row.kind);
		const label = (i) => `${bars[i].own > 0 && rows[i].change_cny !== null ? '+' : ''}${amount(bars[i].own, unit)}`;
		return {
			grid: { left: 8, right: narrow ? 80 : 110, top: 8, bottom: 8, containLabel: true },
			tooltip: { trigger: 'item', formatter: ({ dataIndex }) => `${name(rows[dataIndex])}（${word(STEPS, rows[dataIndex].kind)}）\n${label(dataIndex)} ${unit.label}` },
			xAxis: { type: 'value', ...axis(c), axisLabel: { color: c.muted, formatter: plain }, splitNumber: narrow ? 2 : 5, scale: false },
			yAxis: {
				type: 'category',
				inverse: true,
				data: rows.map((row, i) => `${i} ${name(row)}`),
				...axis(c),
				axisLabel: { color: c.ink, formatter: (text) => short(text.replace(/^\d+ /, ''), narrow ? 8 : 18), interval: 0 }
			},
			series: [
				{ type: 'bar', stack: 'w', silent: true, itemStyle: { color: 'transparent' }, data: bars.map((bar) => bar.low / unit.yuan) },
				{
					type: 'bar',
					stack: 'w',
					barMaxWidth: 22,
					data: bars.map((bar) => ({ value: (bar.high - bar.low) / unit.yuan, itemStyle: { color: bar.colour } })),
					label: { show: true, position: 'right', color: c.ink, formatter: ({ dataIndex }) => label(dataIndex) }
				}
			]
		};
	};
}

/** Areas by code, a level inside the other; a click goes down, the trail above goes up again. */
export function tree(rows, code, name, value, unit) {
	return (c) => {
		const nodes = new Map(rows.map((row) => [row[code], { name: `${row[code]} ${row[name] ?? ''}`, value: Number(row[value]) / unit.yuan, children: [] }]));
		const roots = [];
		for (const [key, node] of nodes) {
			const above = [5, 3].filter((length) => length < key.length).map((length) => nodes.get(key.slice(0, length)));
			(above.find(Boolean)?.children ?? roots).push(node);
		}
		return {
			tooltip: { formatter: ({ name, value }) => `${name}\n${amount(value * unit.yuan, unit)} ${unit.label}` },
			series: [
				{
					type: 'treemap',
					name: '全部',
					data: roots,
					leafDepth: 1,
					roam: false,
					nodeClick: 'zoomToNode',
					left: 0,
					right: 0,
					top: 0,
					bottom: 30,
					breadcrumb: { bottom: 0, itemStyle: { color: c.surface, borderColor: c.line, textStyle: { color: c.ink } } },
					itemStyle: { borderColor: c.surface, borderWidth: 1, gapWidth: 1 },
					label: { color: c.onSeries, overflow: 'truncate', fontSize: 12 },
					levels: [{ color: c.series }, { colorSaturation: [0.35, 0.6] }, { colorSaturation: [0.35, 0.6] }]
				}
			]
		};
	};
}
