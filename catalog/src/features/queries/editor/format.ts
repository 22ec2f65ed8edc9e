/** Lays a statement out, line by line; throws where it cannot be read. */
import { duckdb, formatDialect } from "sql-formatter";

export const formatted = (sql: string) =>
  formatDialect(sql, {
    dialect: duckdb,
    keywordCase: "upper",
    tabWidth: 2,
    paramTypes: { named: ["$"] },
  });
