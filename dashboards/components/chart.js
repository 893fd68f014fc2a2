// ECharts with what the pages draw, and nothing that turns text into markup: labels and tooltips are
// drawn as text.
import * as echarts from 'echarts/core';
import { BarChart, LineChart, TreemapChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([
	BarChart,
	LineChart,
	TreemapChart,
	GridComponent,
	LegendComponent,
	MarkLineComponent,
	TooltipComponent,
	SVGRenderer
]);

/** The colours of the page as they are now. */
export function colours(node) {
	const style = getComputedStyle(node);
	const of = (name) => style.getPropertyValue(`--${name}`).trim();
	return {
		ink: of('ink'),
		muted: of('muted'),
		line: of('line'),
		onSeries: of('on-series'),
		surface: of('surface'),
		series: [1, 2, 3, 4, 5, 6].map((i) => of(`series-${i}`)),
		up: of('up'),
		down: of('down'),
		warn: of('warn'),
		bad: of('bad')
	};
}

/** Draws ``build(colours, narrow)`` into a node, anew whenever options, size or appearance change. */
export function chart(node, { build, pick }) {
	const drawn = echarts.init(node, null, { renderer: 'svg' });
	let current = build;
	let choose = pick;
	const draw = () => {
		const c = colours(node);
		const option = current(c, node.clientWidth < 560);
		drawn.setOption(
			{
				animation: false,
				textStyle: { fontFamily: getComputedStyle(node).fontFamily, color: c.ink },
				color: c.series,
				...option,
				tooltip: {
					renderMode: 'richText',
					confine: true,
					backgroundColor: c.surface,
					borderColor: c.line,
					textStyle: { color: c.ink, fontSize: 12 },
					...option.tooltip
				}
			},
			true
		);
		// Lets the style sheet fit it to another width, as on paper.
		node.querySelector('svg').setAttribute('viewBox', `0 0 ${drawn.getWidth()} ${drawn.getHeight()}`);
	};
	drawn.on('click', (event) => choose?.(event));
	const sized = new ResizeObserver(() => {
		drawn.resize();
		draw();
	});
	sized.observe(node);
	const themed = new MutationObserver(draw);
	themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
	draw();
	return {
		update({ build: next, pick: nextPick }) {
			current = next;
			choose = nextPick;
			draw();
		},
		destroy() {
			sized.disconnect();
			themed.disconnect();
			drawn.dispose();
		}
	};
}

/** A long name, cut for an axis; the tooltip and the table have it whole. */
export function short(text, length) {
	const letters = [...String(text ?? '')];
	return letters.length > length ? `${letters.slice(0, length - 1).join('')}…` : letters.join('');
}
