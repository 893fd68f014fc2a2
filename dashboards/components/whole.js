// The rest of a long list. A page's query that may find very many rows ends with a limit; the first rows are
// shown at once, and whoever sorts, searches, lists more or downloads works with all of them.
const LIMIT = /\s+limit (\d+)\s*$/i;
// The order of rows does not change their number, and costs the most.
const ORDER = /\s+order by (?![\s\S]*\sorder by )[\s\S]*$/i;

/** How to count and read all rows of ``data``, or null where ``rows`` are all there are. */
export function whole(data, rows, query) {
	const found = LIMIT.exec(data?.originalText ?? '');
	if (!found || rows.length < Number(found[1])) return null;
	const all = data.originalText.replace(LIMIT, '');
	return {
		sql: all,
		count: async () => {
			const [{ number }] = Array.from(await query(`select count(*) as number from (${all.replace(ORDER, '')}\n)`));
			return Number(number);
		},
		rows: async () => Array.from(await query(all))
	};
}
