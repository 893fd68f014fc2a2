// What of Evidence is not as these pages need it. Runs after npm has installed it, and says so loudly
// where the installed version is no longer the one that was looked at.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const evidence = fileURLToPath(new URL('../node_modules/@evidence-dev/', import.meta.url));

function stop(problem) {
	console.error(`scripts/patch.js: ${problem}; look at it anew`);
	process.exit(1);
}

// The pinned DuckDB has Parquet built in but does not know two settings that Evidence sends it at its
// start; newer ones fetch Parquet from outside. Without both settings out, no page gets its data.
for (const client of ['browser', 'node']) {
	const file = `${evidence}universal-sql/src/client-duckdb/${client}.js`;
	let text = readFileSync(file, 'utf-8');
	for (const setting of ['ieee_floating_point_ops', 'old_implicit_casting']) {
		const line = new RegExp(`^(\\s*)(// )?(await connection\\.query\\('SET ${setting}.*)$`, 'm');
		if (!line.test(text)) stop(`${file} no longer sets ${setting}`);
		text = text.replace(line, '$1// $3');
	}
	writeFileSync(file, text);
}

// In front of every page Evidence puts a viewer of its SQL, and with it every component it has.
const shown = /return `\s*\{#if \$\{queryId\} \}[\s\S]*?<QueryViewer[\s\S]*?`;/;
const without = "return ''; // no viewer";
for (const built of ['cjs', 'mjs']) {
	const file = `${evidence}preprocess/dist/index.${built}`;
	const text = readFileSync(file, 'utf-8');
	if (!shown.test(text) && !text.includes(without)) stop(`${file} shows no query`);
	writeFileSync(file, text.replace(shown, () => without));
}

// A developer's consoles, and what serves them: megabytes that no page here uses.
const template = `${evidence}evidence/template/src/pages/`;
if (!existsSync(`${template}+layout.js`)) stop(`${template} holds no layout`);
for (const route of ['explore', 'settings', 'api', 'fix-tprotocol-service-worker.js', 'manifest.webmanifest']) {
	rmSync(template + route, { recursive: true, force: true });
}
