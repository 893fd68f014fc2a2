// The slugs of the marts in words.
export const PHASES = { final: '决算', initial_budget: '年初预算', adjusted_budget: '全年预算' };
export const FUNDS = {
	all: '全部资金',
	general_public: '一般公共预算',
	government_fund: '政府性基金',
	state_capital: '国有资本经营'
};
export const KINDS = { budget: '预算', final_account: '决算' };
export const PERIMETERS = { unit: '单位', headquarters: '本级', consolidated: '汇总' };
export const LEVELS = { total: '合计', class: '类', group: '款', item: '项' };
export const SOURCES = { form: '表内', claim: '文字说明', implied: '由增减推算' };
export const VERDICTS = { comparable: '可比', with_care: '慎比', not_comparable: '不可比' };
export const SEVERITIES = { error: '错误', suspicious: '存疑', rounding: '尾差' };
export const RESPONSIBILITIES = { publisher: '发布方', extraction: '提取' };
export const STATES = { present: '有', declared_empty: '声明为空', missing: '缺' };
export const CLASSIFICATIONS = { function: '支出功能分类', economic: '支出经济分类' };
export const EXPENSES = {
	total: '合计',
	overseas: '因公出国（境）费',
	vehicle_total: '公务用车购置及运行费',
	vehicle_purchase: '公务用车购置费',
	vehicle_operation: '公务用车运行费',
	reception: '公务接待费',
	meeting: '会议费',
	training: '培训费'
};
export const FORMS = {
	income_expenditure_summary: '收支总表',
	income: '收入表',
	expenditure: '支出表',
	appropriation_summary: '财政拨款总表',
	general_public_expenditure: '一般公共预算表',
	basic_expenditure: '基本支出表',
	government_fund: '政府性基金表',
	state_capital: '国有资本表',
	three_public: '“三公”表'
};
export const FINDING_KINDS = {
	sum: '合计不等',
	cross_form: '表间不等',
	claim_vs_form: '文表不符',
	claim_arithmetic: '文字自相矛盾',
	performance: '绩效',
	code_name: '科目名称',
	garbled: '乱码',
	template_residue: '模板残留',
	cross_document: '文件间不等',
	coverage: '缺表'
};
export const STEPS = {
	previous_total: '上年合计',
	changed: '增减',
	appeared: '本年新列',
	vanished: '本年未列',
	unsaid: '科目未说明',
	total: '本年合计'
};
export const LINEAGE = {
	renamed: '更名',
	merged: '合并',
	split: '分立',
	dissolved: '撤销',
	moved: '职责或人员划转',
	subordinated: '隶属变动',
	accounts_cover: '账户含其他单位'
};
export const CHANGES = {
	document_added: '新增文件',
	document_gone: '不再有的文件',
	document_superseded: '被新版取代',
	grade_changed: '等级变动',
	findings_added: '新发现',
	findings_gone: '已消除的发现'
};
export const TOPICS = { procurement: '政府采购', asset: '资产' };
export const METRICS = {
	final_actual: '决算数',
	budget: '预算数',
	initial_budget: '年初预算',
	adjusted_budget: '全年预算',
	prior_year_amount: '上年数',
	yoy_change: '比上年增减',
	yoy_pct: '比上年增减 %',
	share_pct: '占比 %',
	completion_pct: '完成 %',
	vs_initial_budget_change: '比年初预算增减',
	rate_pct: '比率 %',
	opening_balance: '年初结转',
	closing_balance: '年末结转',
	stock_amount: '存量',
	count: '数量',
	other_amount: '其他金额'
};
export const HORIZONS = { annual: '年度', long_term: '长期' };
export const AMOUNT_SOURCES = { reported: '原文', normalised: '规范化', repaired: '修复', derived: '推导' };
export const GRADES = { A: 'A 无误', B: 'B 存疑', C: 'C 发布方有误', D: 'D 提取不全' };

/** The word for a slug, and the slug itself where there is none: nothing printed is ever lost. */
export function word(words, slug) {
	return slug === null || slug === undefined ? '' : (words[slug] ?? slug);
}
