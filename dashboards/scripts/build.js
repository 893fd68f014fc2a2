// Builds the pages into build/: Evidence strictly, then the one HTML file that all addresses answer with.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

// What an earlier build or a development server left must not come along.
for (const made of ['.evidence', 'build']) rmSync(made, { recursive: true, force: true });
execFileSync('node', ['node_modules/@evidence-dev/evidence/cli.js', 'build:strict'], { stdio: 'inherit' });

const file = 'build/index.html';
let html = readFileSync(file, 'utf-8');

/** Replaces what must be there once; else Evidence's page has changed and nobody looked. */
function replace(pattern, text) {
	if ((html.match(new RegExp(pattern, `${pattern.flags}g`)) ?? []).length !== 1) {
		console.error(`scripts/build.js: ${file} does not hold ${pattern} once; look at it anew`);
		process.exit(1);
	}
	html = html.replace(pattern, () => text);
}

replace(/<html lang="en">/, '<html lang="zh-CN">');
replace(/<link rel="icon" href="\/favicon\.ico"[^>]*>\s*/, '');
replace(/<link rel="apple-touch-icon"[^>]*>\s*/, '');
replace(/<link rel="manifest"[^>]*>\s*/, '');
replace(/<script>\s*<\/script>/, '');
// Until the scripts have come the page says what it is.
replace(
	/<!-- SplashScreen -->[\s\S]*?<\/svg>\s*<\/div>/,
	'<p id="__evidence_project_splash">决算 Juesuan：正在打开…</p>\n\t\t\t<noscript>这些页面需要 JavaScript。</noscript>'
);
replace(
	/<style>[\s\S]*?<\/style>/,
	'<style>#__evidence_project_splash{font:16px system-ui,sans-serif;padding:24px;color:#59636e}[data-theme=dark]{background:#14181d}</style>'
);

// The browser itself refuses what comes from elsewhere, and any script that is not one of these.
const hashes = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
	([, script]) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`
);
const policy = [
	"default-src 'self'",
	`script-src 'self' 'wasm-unsafe-eval' ${hashes.join(' ')}`,
	// A large workbook is packed in a worker that the page makes itself.
	"worker-src 'self' blob:",
	"style-src 'self' 'unsafe-inline'",
	"img-src 'self' data:",
	"object-src 'none'",
	"base-uri 'none'",
	"form-action 'none'"
].join('; ');
replace(/<meta charset="utf-8" \/>/, `<meta charset="utf-8" />\n\t\t<meta http-equiv="Content-Security-Policy" content="${policy}" />`);

const outside = html.match(/(?:src|href)="(?:https?:)?\/\/[^"]*"/);
if (outside) {
	console.error(`scripts/build.js: ${file} asks for ${outside[0]}`);
	process.exit(1);
}
writeFileSync(file, html);
for (const unused of ['favicon.ico', 'icon-192.png', 'icon-512.png', 'apple-touch-icon.png']) {
	rmSync(`build/${unused}`, { force: true });
}
