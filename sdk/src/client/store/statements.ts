// Tables of SQL statements with the types of their rows.
import type { Database, Statement } from '../../sqlite/database.ts'

declare const ROW: unique symbol

/** The text of a statement that yields rows of this type. */
type Sql<Row> = string & { readonly [ROW]?: Row }

/** Returns the text of a statement, typed with the rows that the statement yields. */
export const sql = <Row = never>(text: string): Sql<Row> => text

/** A table of prepared statements. */
export type Prepared<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends Sql<infer Row> ? Statement<Row> : never
}

/** Prepares all statements of a table. */
export function prepareAll<const Table extends Readonly<Record<string, Sql<unknown>>>>(
  db: Pick<Database, 'prepare'>,
  table: Table,
): Prepared<Table> {
  const prepared = Object.entries(table).map(([name, text]) => [name, db.prepare(text)] as const)
  return Object.fromEntries(prepared) as Prepared<Table>
}
