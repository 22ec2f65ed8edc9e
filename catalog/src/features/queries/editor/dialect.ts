/** The words of DuckDB's SQL. */
import { SQLDialect } from "@codemirror/lang-sql";

const KEYWORDS =
  "all and any anti array as asc asof between by case cast collate cross cube describe desc distinct else end escape " +
  "except exclude exists extract false filter first following for from full glob group grouping having ilike in " +
  "inner intersect interval into is join last lateral left like limit natural not null nulls offset on or order " +
  "ordinality outer over overlaps partition percent pivot position positional preceding qualify range recursive " +
  "replace rename respect right rollup row rows sample select semi sets similar some struct summarize symmetric " +
  "table tablesample then to trailing true try_cast unbounded union unique unpivot using values when where window " +
  "with within";

const TYPES =
  "bigint bit blob boolean date decimal double enum float hugeint integer json list map numeric real smallint text " +
  "time timestamp timestamptz tinyint ubigint uhugeint uinteger usmallint utinyint uuid varchar";

/** Functions that people look for; there are many more. */
export const FUNCTIONS = (
  "abs any_value approx_count_distinct approx_quantile arg_max arg_min array_agg avg ceil coalesce concat contains " +
  "corr count covar_samp date_diff date_part date_trunc day dense_rank ends_with exp first first_value floor " +
  "generate_series greatest histogram hour if ifnull isnan json_extract json_extract_string kurtosis lag last " +
  "last_value lead least left len length list list_contains list_transform ln log10 lower lpad ltrim mad max median " +
  "min minute mode month now ntile nullif percent_rank pow printf product quantile_cont quantile_disc rank " +
  "regexp_extract regexp_matches regexp_replace regr_slope replace right round row_number rpad rtrim second sign " +
  "skewness split_part sqrt starts_with stddev string_agg strftime strptime struct_pack substring sum trim trunc " +
  "try_cast unnest upper var_samp week year"
).split(" ");

export const duckdb = SQLDialect.define({
  keywords: KEYWORDS,
  types: TYPES,
  builtin: `package entries revisions packages tabulator ${FUNCTIONS.join(" ")}`,
  charSetCasts: false,
  identifierQuotes: '"',
  operatorChars: "*+-%<>!=&|~^/:",
  specialVar: "$",
});
