import type { Session } from "../session.ts";
import { findMention } from "./mention.ts";
import { inScope, rowsBy, type Scope } from "./scope.ts";
import type { TableRow } from "./tables.ts";
import { readViews, type View } from "./views.ts";

/** A view that reads a table, directly or through other views. */
export interface DependentView {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
}

/** Who reads a table. */
export interface Dependents {
  /** Views bound to the table, in an order in which they can be dropped: readers of a view come before it. */
  readonly views: readonly DependentView[];
  /** Late-binding views whose text names the table. They follow the name, so a new table of that name serves them. */
  readonly lateBinding: readonly DependentView[];
  /** Late-binding views whose text names one of `views`. */
  readonly lateBindingOnViews: readonly DependentView[];
  /** Materialized views whose text names the table or one of `views`. */
  readonly materialized: readonly DependentView[];
}

interface ViewRow {
  /** What the view reads. */
  readonly relation_id: number;
  readonly view_id: number;
  readonly view_schema: string;
  readonly view_name: string;
}

// Two steps of pg_depend: table <- rewrite rule -> view. Late-binding views are in neither.
const dependentsQuery = (scope: Scope): string => `
SELECT DISTINCT d.refobjid AS relation_id, v.oid AS view_id, n.nspname::text AS view_schema, v.relname::text AS view_name
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_depend r ON r.objid = d.objid AND r.classid = d.classid AND r.deptype = 'i'
JOIN pg_catalog.pg_class v ON v.oid = r.refobjid AND v.relkind = 'v'
JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace
WHERE ${inScope(scope, "d.refobjid")}
  AND v.oid <> d.refobjid
ORDER BY view_schema, view_name`;

/** Reads the views on a table. Complete for everyone: PG_DEPEND and view texts are open. @see facts.md 3.9 */
export async function readDependents(
  session: Session,
  table: Pick<TableRow, "id" | "schema" | "name">,
): Promise<Dependents> {
  const views = new Map<number, DependentView>();
  const readersOf = async (id: number): Promise<void> => {
    const { rows } = await session.query<ViewRow>(dependentsQuery({ id }), [id]);
    for (const view of rows.map(toView)) {
      await readersOf(view.id);
      // A view found again through another path keeps its first place, which is after all of its readers.
      if (!views.has(view.id)) views.set(view.id, view);
    }
  };
  await readersOf(table.id);

  const all = await readViews(session);
  // Whether a materialized view shows among the bound ones is not documented.
  const others = new Set(all.filter(({ kind }) => kind !== "regular").map(({ id }) => id));
  const bound = [...views.values()].filter(({ id }) => !others.has(id));
  return { views: bound, ...unboundReaders(all, table, bound) };
}

/** Reads what each view is bound to: the oids of tables and views that it reads itself. Complete for everyone. */
export async function readBoundTo(session: Session): Promise<ReadonlyMap<number, readonly number[]>> {
  const { rows } = await session.query<ViewRow>(dependentsQuery("database"));
  const byView = rowsBy(rows, ({ view_id }) => Number(view_id));
  return new Map([...byView].map(([id, own]) => [id, own.map(({ relation_id }) => Number(relation_id))]));
}

/** Sorts the views that are bound to nothing by what their text names. */
export function unboundReaders(
  all: readonly View[],
  table: Pick<TableRow, "schema" | "name">,
  views: readonly Pick<DependentView, "schema" | "name">[],
): Omit<Dependents, "views"> {
  const readers = (
    kind: View["kind"],
    targets: readonly Pick<DependentView, "schema" | "name">[],
  ): readonly DependentView[] =>
    all
      .filter((view) => view.kind === kind && targets.some((target) => findMention(view.text, target)))
      .map(({ id, schema, name }) => ({ id, schema, name }));
  return {
    lateBinding: readers("late-binding", [table]),
    lateBindingOnViews: readers("late-binding", views),
    materialized: readers("materialized", [table, ...views]),
  };
}

function toView(row: ViewRow): DependentView {
  return { id: Number(row.view_id), schema: row.view_schema, name: row.view_name };
}
