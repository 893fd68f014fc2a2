// Where the queries of the pages are answered: DuckDB in the browser, over the files of this publication.
// A file is registered when a query first names it, so that a page pays for what it shows.
import { query as run, setParquetURLs } from '@evidence-dev/universal-sql/client-duckdb';
import { setTrackProxy } from '@evidence-dev/sdk/usql';
import { unanswered } from '$lib/busy.js';

export const ssr = false;
export const prerender = false;
export const trailingSlash = 'always';

const TABLE = /\bjuesuan\.(\w+)/g;
const registered = new Map();
let files;

async function manifest() {
	const answer = await fetch('/data/manifest.json');
	if (!answer.ok) throw new Error(`data/manifest.json: ${answer.status}`);
	const { renderedFiles } = await answer.json();
	return new Map(renderedFiles.juesuan.map((path) => [path.split('/').at(-1).replace('.parquet', ''), path]));
}

async function register(table) {
	files ??= manifest();
	const path = (await files).get(table);
	if (path) await setParquetURLs({ juesuan: [path] }, { append: true });
}

// The engine takes one statement at a time.
let last = Promise.resolve();

async function query(sql) {
	unanswered.update((number) => number + 1);
	const mine = last.then(async () => {
		for (const [, table] of sql.matchAll(TABLE)) {
			if (!registered.has(table)) {
				await register(table);
				registered.set(table, true);
			}
		}
		return run(sql);
	});
	last = mine.catch(() => {}).finally(() => unanswered.update((number) => number - 1));
	return mine;
}

export const load = ({ route }) => ({
	route: route.id,
	__db: { query },
	// Each page begins without inputs; its fields set them.
	inputs: setTrackProxy({ label: '', value: 'null' }),
	data: {},
	customFormattingSettings: { customFormats: [] },
	evidencemeta: { queries: [] }
});
