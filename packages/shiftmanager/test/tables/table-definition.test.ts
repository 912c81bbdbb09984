import { describe, expect, test } from "vitest";
import { reflectedPrivileges } from "../../src/tables/reflected-privileges.ts";
import { tableDefinition } from "../../src/tables/table-definition.ts";
import { column, facts, grant } from "../table-facts.ts";

const alice = { kind: "user", name: "alice" } as const;
const allOfAlice = (
  ["SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "REFERENCES", "TRUNCATE", "ALTER"] as const
).map((privilege) => grant(alice, privilege));

describe("tableDefinition", () => {
  test("a whole definition", () => {
    const batch = tableDefinition(
      facts({
        table: { ...facts().table, diststyle: "key" },
        columns: [
          column("id", { type: "bigint", notNull: true, identity: { kind: "always", seed: 1n, step: 1n } }),
          column("seller", { distkey: true, sortkeyPosition: 2, encoding: "none" }),
          column("at", {
            type: "timestamp without time zone",
            sortkeyPosition: 1,
            encoding: "none",
            default: "getdate()",
          }),
        ],
        constraints: {
          keys: [
            { kind: "primary key", id: 1, name: "sales_pkey", columns: ["id"] },
            { kind: "unique", id: 2, name: "once", columns: ["seller", "at"] },
          ],
          foreignKeys: [
            {
              kind: "foreign key",
              id: 3,
              name: "by",
              table: { id: 1234, schema: "public", name: "sales" },
              columns: ["seller"],
              references: { id: 5, schema: "hr", name: "user" },
              referencedColumns: ["id"],
            },
          ],
          incoming: [],
        },
        comments: {
          table: "It's 100%",
          columns: [{ name: "at", text: "back\\slash" }],
          constraints: [{ name: "once", text: "x" }],
        },
        privileges: {
          found: {
            ownerByDefault: false,
            grants: [
              ...allOfAlice,
              grant({ kind: "group", name: "etl" }, "INSERT"),
              grant({ kind: "group", name: "etl" }, "SELECT"),
              grant({ kind: "public" }, "SELECT"),
              grant({ kind: "user", name: "Bob" }, "SELECT", { grantOption: true }),
              grant({ kind: "user", name: "Bob" }, "DELETE"),
              grant({ kind: "role", name: "analyst" }, "SELECT", { grantor: null }),
              grant({ kind: "user", name: "carl" }, "UPDATE", { column: "at" }),
            ],
            holdAll: [alice],
            unknown: [],
          },
          complete: true,
        },
        design: { sortkeyAuto: false, encodeAuto: false, reason: null, megabytes: 1, backup: true },
      }),
    );
    expect(batch.notes).toEqual([]);
    expect(String(batch)).toBe(`CREATE TABLE public.sales (
  id BIGINT IDENTITY(1, 1) ENCODE az64 NOT NULL,
  seller INTEGER ENCODE raw,
  at TIMESTAMP DEFAULT getdate() ENCODE raw
)
DISTSTYLE KEY
DISTKEY (seller)
COMPOUND SORTKEY (at, seller);
ALTER TABLE public.sales ADD CONSTRAINT sales_pkey PRIMARY KEY (id);
ALTER TABLE public.sales ADD CONSTRAINT once UNIQUE (seller, at);
ALTER TABLE public.sales ADD CONSTRAINT by FOREIGN KEY (seller) REFERENCES hr."user" (id);
COMMENT ON TABLE public.sales IS 'It''s 100%';
COMMENT ON COLUMN public.sales.at IS 'back\\\\slash';
COMMENT ON CONSTRAINT once ON public.sales IS 'x';
ALTER TABLE public.sales OWNER TO alice;
GRANT SELECT, INSERT ON TABLE public.sales TO GROUP etl;
GRANT SELECT ON TABLE public.sales TO PUBLIC;
GRANT SELECT ON TABLE public.sales TO "Bob" WITH GRANT OPTION;
GRANT DELETE ON TABLE public.sales TO "Bob";
GRANT SELECT ON TABLE public.sales TO ROLE analyst;
GRANT UPDATE (at) ON TABLE public.sales TO carl`);
  });

  test("encodings are left out only where the table is ENCODE AUTO", () => {
    const text = (encodeAuto: boolean): string =>
      String(
        tableDefinition(facts({ design: { ...facts().design, encodeAuto } }), { copyPrivileges: false }),
      );
    expect(text(true)).toBe(`CREATE TABLE public.sales (
  id INTEGER NOT NULL,
  price DECIMAL(10,2)
)
DISTSTYLE EVEN
SORTKEY AUTO
ENCODE AUTO`);
    expect(text(false)).toBe(`CREATE TABLE public.sales (
  id INTEGER ENCODE az64 NOT NULL,
  price DECIMAL(10,2) ENCODE az64
)
DISTSTYLE EVEN
SORTKEY AUTO`);
  });

  test("where AUTO cannot be read, the design is kept as it is and the notes say so", () => {
    const batch = tableDefinition(
      facts({
        design: {
          sortkeyAuto: "unknown",
          encodeAuto: "unknown",
          reason: "the table is empty, and SVV_TABLE_INFO has no row for an empty table",
          megabytes: null,
          backup: "unknown",
        },
      }),
      { copyPrivileges: false },
    );
    expect(String(batch)).toBe(`CREATE TABLE public.sales (
  id INTEGER ENCODE az64 NOT NULL,
  price DECIMAL(10,2) ENCODE az64
)
DISTSTYLE EVEN`);
    expect(batch.notes).toEqual([
      "Whether sales is ENCODE AUTO cannot be read (the table is empty, and SVV_TABLE_INFO has no row for an empty table). " +
        "The encodings it has now are written, so the new table is not ENCODE AUTO; if this one is, run afterwards: ALTER TABLE public.sales ALTER ENCODE AUTO.",
      "Whether sales is SORTKEY AUTO or has SORTKEY NONE cannot be read (the table is empty, and SVV_TABLE_INFO has no row for an empty table). " +
        "The new table is SORTKEY AUTO; if this one is not, run afterwards: ALTER TABLE public.sales ALTER SORTKEY NONE.",
      "Whether sales is BACKUP NO cannot be read (PG_CONF is closed to this user); it is written as BACKUP YES, the default.",
    ]);
  });

  test("a sort key of which it cannot be read whether Redshift chose it is written, and the notes say so", () => {
    const columns = [column("id", { sortkeyPosition: 1 })];
    const design = { ...facts().design, sortkeyAuto: "unknown", reason: "it is empty" } as const;
    const batch = tableDefinition(facts({ columns, design }), { copyPrivileges: false });
    expect(String(batch)).toContain("COMPOUND SORTKEY (id)");
    expect(batch.notes).toEqual([
      "Whether sales is SORTKEY AUTO cannot be read (it is empty). The sort key it has now is written, so the new table is not " +
        "SORTKEY AUTO; if this one is, run afterwards: ALTER TABLE public.sales ALTER SORTKEY AUTO.",
    ]);
  });

  test("a collation is written where it is not the database's, and said where it cannot be read", () => {
    const columns = [
      column("email", { type: "character varying(20)", notNull: true, default: "'x'::character varying" }),
    ];
    const collations = { found: new Map([["email", "case_insensitive"]] as const), complete: true };
    expect(String(tableDefinition(facts({ columns, collations }), { copyPrivileges: false }))).toContain(
      "  email VARCHAR(20) DEFAULT 'x'::character varying ENCODE az64 COLLATE CASE_INSENSITIVE NOT NULL\n",
    );
    const unread = { found: new Map(), complete: false, missing: "Nobody knows." };
    expect(tableDefinition(facts({ columns, collations: unread })).notes).toContain("Nobody knows.");
  });

  test("a table that has no sort key and is to keep none says so in a second statement", () => {
    const design = { ...facts().design, sortkeyAuto: false };
    expect(String(tableDefinition(facts({ design }), { copyPrivileges: false }))).toContain(
      "DISTSTYLE EVEN;\nALTER TABLE public.sales ALTER SORTKEY NONE",
    );
  });
});

describe("reflectedPrivileges", () => {
  const privileges = (more: object): Parameters<typeof reflectedPrivileges>[0] => ({
    table: facts().table,
    privileges: {
      found: { ownerByDefault: false, grants: [], holdAll: [], unknown: [], ...more },
      complete: true,
    },
  });

  test("an owner by default needs no statement", () => {
    expect(String(reflectedPrivileges(privileges({ ownerByDefault: true })))).toBe("");
  });

  test("an owner who has lost a privilege loses it again", () => {
    expect(String(reflectedPrivileges(privileges({ grants: [grant(alice, "SELECT")] }))))
      .toBe(`REVOKE ALL ON TABLE public.sales FROM alice;
GRANT SELECT ON TABLE public.sales TO alice`);
  });

  test("ALL is written only for who holds every letter of it", () => {
    const bob = { kind: "user", name: "bob" } as const;
    const grants = [...allOfAlice, ...allOfAlice.map((one) => ({ ...one, grantee: bob }))];
    expect(String(reflectedPrivileges(privileges({ grants, holdAll: [alice, bob] })))).toBe(
      "GRANT ALL ON TABLE public.sales TO bob",
    );
    expect(String(reflectedPrivileges(privileges({ grants, holdAll: [alice] })))).toBe(
      "GRANT SELECT, INSERT, UPDATE, DELETE, DROP, REFERENCES, TRUNCATE, ALTER ON TABLE public.sales TO bob",
    );
  });

  test("nasty names are quoted, and what is unknown or missing is said", () => {
    const batch = reflectedPrivileges({
      table: facts().table,
      privileges: {
        found: {
          ownerByDefault: true,
          grants: [grant({ kind: "group", name: 'group "=/,' }, "SELECT")],
          holdAll: [],
          unknown: ['The privilege letter "Z" of user bob is not one this version knows.'],
        },
        complete: false,
        missing: "What may be missing: grants to roles (only a superuser sees all of them).",
      },
    });
    expect(String(batch)).toBe('GRANT SELECT ON TABLE public.sales TO GROUP "group ""=/,"');
    expect(batch.notes).toEqual([
      "The privileges may not be complete. What may be missing: grants to roles (only a superuser sees all of them).",
      'The privilege letter "Z" of user bob is not one this version knows.',
    ]);
  });
});
