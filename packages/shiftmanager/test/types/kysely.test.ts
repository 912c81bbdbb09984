import type { Generated, Kysely } from "kysely";
import { expectTypeOf, test } from "vitest";
import type { Redshift } from "../../src/index.ts";

interface Database {
  sales: { id: Generated<number>; note: string | null };
}

test("kysely<DB>() is Kysely's own type, and its rows are typed", () => {
  const open = (redshift: Redshift) => redshift.kysely<Database>();
  expectTypeOf(open).returns.resolves.toEqualTypeOf<Kysely<Database>>();
  const query = (db: Kysely<Database>) => db.selectFrom("sales").select(["id", "note"]).execute();
  expectTypeOf(query).returns.resolves.toEqualTypeOf<{ id: number; note: string | null }[]>();
  // @ts-expect-error there is no such column
  const wrong = (db: Kysely<Database>) => db.selectFrom("sales").select("nonesuch");
  expectTypeOf(wrong).toBeFunction();
});
