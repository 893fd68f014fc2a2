// Where a figure or a name leads.
import { address } from './state.js';

export const toDepartment = (row) => row.department_id && address(`/department/${row.department_id}/`);
export const toFunction = (row) => row.harmonised_code && row.harmonised_code !== 'total' && address(`/code/${row.harmonised_code}/`);
export const toEconomic = (row) => row.economic_code && address(`/code/${row.economic_code}/`);
export const toDocument = (row) => row.document_id && address('/provenance/', { document: row.document_id });
export const toCell = (row) =>
	row.document_id &&
	address('/provenance/', { document: row.document_id, form: row.form, row: row.row_key, measure: row.measure });
export const toFinding = (row) => row.finding_id && address('/quality/', { finding: row.finding_id });

/** To every telling of a figure of a body: ``of`` says what the row does not say itself. */
export const toFigure = (of, amount) => (row) => {
	const told = { fund: 'all', nature: 'total', code: 'total', statement: 'expenditure', ...of };
	const value = (name, column) => (typeof told[name] === 'function' ? told[name](row) : (told[name] ?? row[column ?? name]));
	if (row[amount] === null || row[amount] === undefined) return undefined;
	return address('/provenance/', {
		department: row.department_id,
		year: value('year', 'fiscal_year'),
		phase: value('phase'),
		statement: told.statement,
		fund: value('fund'),
		nature: value('nature'),
		code: value('code')
	});
};
