// Runs every query of every page over the data of a publication, in the DuckDB that the browser has.
// Usage: node scripts/check.js <folder with manifest.json>. An input stands in a query as a literal, so
// that null can stand for it here.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import preprocess from '@evidence-dev/preprocess';
import { initDB, query, setParquetURLs } from '@evidence-dev/universal-sql/client-duckdb';

const data = process.argv[2];
const manifest = JSON.parse(readFileSync(join(data, 'manifest.json'), 'utf-8'));
const files = Object.entries(manifest.renderedFiles).map(([source, paths]) => [
	source,
	paths.map((path) => join(dirname(data), path))
]);
await initDB();
// What a file says of itself is read once, not for each query.
query('set enable_object_cache = true');
await setParquetURLs(Object.fromEntries(files));

const pages = readdirSync('pages', { recursive: true }).filter((name) => name.endsWith('.md'));
const problems = [];
let count = 0;
for (const page of pages.sort()) {
	for (const { id, compiledQueryString: sql, compileError } of preprocess.extractQueries(
		readFileSync(join('pages', page), 'utf-8')
	)) {
		count += 1;
		const foreign = [...sql.matchAll(/\$\{(.*?)\}/gs)].find(([, inner]) => !/^inputs\.\w+$/.test(inner));
		try {
			if (compileError) throw new Error(compileError);
			if (foreign) throw new Error(`${foreign[0]} is no input, so nobody quotes it`);
			query(sql.replace(/\$\{inputs\.\w+\}/g, 'null'));
		} catch (error) {
			problems.push(`pages/${page}, query ${id}: ${error.message}`);
		}
	}
}
if (!count) problems.push('no page has a query');
if (problems.length) {
	console.error(problems.join('\n'));
	process.exit(1);
}
console.log(`${count} queries of ${pages.length} pages ran`);
