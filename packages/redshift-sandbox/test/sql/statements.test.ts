import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";

let sandbox: Sandbox;
let admin: pg.Client;
const clients: pg.Client[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
});

beforeEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
  await sandbox.reset();
  admin = await connect(sandbox.env["PGUSER"] ?? "", sandbox.env["PGPASSWORD"] ?? "");
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await sandbox.stop();
});

async function connect(user: string, password: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: sandbox.env["PGHOST"] ?? "",
    port: Number(sandbox.env["PGPORT"]),
    database: sandbox.env["PGDATABASE"] ?? "",
    user,
    password,
  });
  await client.connect();
  clients.push(client);
  return client;
}

/** Rows as arrays of text. */
async function rows(sql: string, client = admin): Promise<unknown[][]> {
  return (await client.query({ text: sql, rowMode: "array" })).rows;
}

async function failure(sql: string, client = admin): Promise<string> {
  try {
    await client.query(sql);
  } catch (error) {
    const { code, message } = error as pg.DatabaseError;
    return `${code ?? ""} ${message}`;
  }
  return "no error";
}

const password = "Abcdefg1";

describe("users and groups", () => {
  test("a user and a group may have the same name, and errors say which is meant", async () => {
    await admin.query(`create group etl; create user etl password '${password}' in group etl`);
    expect(await failure(`create user etl password '${password}'`)).toBe('42710 user "etl" already exists');
    expect(await failure("create group etl")).toBe('42710 group "etl" already exists');
    expect(await failure("alter group nope add user etl")).toBe('42704 group "nope" does not exist');
    expect(await failure(`create user x password '${password}' in group nope`)).toBe(
      '42704 group "nope" does not exist',
    );
    expect(await rows("select groname, array_upper(grolist, 1) from pg_group")).toEqual([["etl", 1]]);
  });

  test("naming a group without GROUP is a user that does not exist", async () => {
    await admin.query("create group etl; create table t (a int)");
    expect(await failure("grant select on t to etl")).toBe('42704 user "etl" does not exist');
  });

  test("neither owner nor holder of a privilege is dropped", async () => {
    await admin.query(
      `create user a password '${password}'; create user b password '${password}'; create group g`,
    );
    await admin.query("create table t (x int); grant select on t to a; grant select on t to group g");
    await admin.query("create table u (x int); alter table u owner to b");
    expect(await failure("drop user a")).toBe(
      `55006 user "a" can't be dropped because the user has a privilege on some object`,
    );
    expect(await failure("drop user b")).toBe(
      `55006 user "b" can't be dropped because the user owns some object`,
    );
    expect(await failure("drop group g")).toBe(
      `55006 group "g" can't be dropped because the group has a privilege on some object`,
    );
    await admin.query("drop table t, u; drop user a, b; drop group g");
  });

  test("a new name clears the password; a new password opens the door again", async () => {
    await admin.query(`create user a password '${password}'; alter user a rename to b`);
    await expect(connect("b", password)).rejects.toThrow('password authentication failed for user "b"');
    await admin.query(`alter user b password '${password}'`);
    expect(await rows("select current_user", await connect("b", password))).toEqual([["b"]]);
  });

  test("only a superuser makes users; anyone changes the own password", async () => {
    await admin.query(`create user a password '${password}'`);
    const a = await connect("a", password);
    expect(await failure("create user x password disable", a)).toBe("42501 permission denied to create user");
    await a.query("alter user a password 'Bbcdefg1'");
    await connect("a", "Bbcdefg1");
    expect(await failure("set session authorization awsuser", a)).toMatch(/^42501 /);
  });

  test("a superuser's password is not disabled", async () => {
    expect(await failure("alter user awsuser password disable")).toBe(
      "0LP01 The password of a superuser cannot be disabled",
    );
  });
});

describe("tables", () => {
  test("the design that CREATE TABLE states is read back", async () => {
    await admin.query(String.raw`create table s1 (
      id bigint identity(10, 5) primary key, n varchar default 'a\\b' encode zstd, d date not null, k int references s1 (id)
    ) distkey (k) compound sortkey (d, n)`);
    expect(
      await rows(
        `select "column", type, encoding, distkey, sortkey, "notnull" from pg_table_def where tablename = 's1'`,
      ),
    ).toEqual([
      ["id", "bigint", "az64", false, 0, true],
      ["n", "character varying(256)", "zstd", false, 2, false],
      ["d", "date", "none", false, 1, true],
      ["k", "integer", "az64", true, 0, false],
    ]);
    await admin.query("insert into s1 (d, k) values ('2020-01-01', 77), ('2020-01-01', 77)");
    expect(await rows("select id, n, k from s1 order by id")).toEqual([
      ["10", "a\\b", 77],
      ["15", "a\\b", 77],
    ]);
  });

  test("LIKE takes the design along", async () => {
    await admin.query("create table a (x int distkey, y int sortkey encode delta); create table b (like a)");
    const design = (table: string): string =>
      `select "column", encoding, distkey, sortkey from pg_table_def where tablename = '${table}'`;
    expect(await rows(design("b"))).toEqual(await rows(design("a")));
  });

  test("IF NOT EXISTS leaves the design of the table that is there", async () => {
    const notices: string[] = [];
    admin.on("notice", (notice) => notices.push(`${notice.severity ?? ""} ${notice.message ?? ""}`));
    await admin.query("create table t (a int, b int); create table if not exists t (a int sortkey)");
    expect(await rows(`select sortkey from pg_table_def where tablename = 't'`)).toEqual([[0], [0]]);
    expect(notices).toEqual(['INFO Relation "t" already exists and will be skipped']);
  });

  test("a permanent table gets its own design though a temporary one hides it", async () => {
    await admin.query("create temp table t (a int); create table public.t (a int sortkey); drop table t");
    expect(await rows(`select sortkey from pg_table_def where tablename = 't'`)).toEqual([[1]]);
  });

  test("a design that fails leaves no table behind", async () => {
    expect(await failure("create table t (a int, primary key (b))")).toMatch(/^42703 /);
    expect(await rows("select count(*) from pg_class where relname = 't'")).toEqual([["0"]]);
  });

  test("CREATE TABLE AS takes keys by position", async () => {
    await admin.query("create table t distkey (2) sortkey (1) as select 1 as a, 'x'::varchar(5) as b");
    expect(await rows(`select "column", distkey, sortkey from pg_table_def where tablename = 't'`)).toEqual([
      ["a", false, 1],
      ["b", true, 0],
    ]);
  });

  test("ALTER TABLE changes the design, and refuses what the manual refuses", async () => {
    await admin.query("create table t (a int, b varchar(5), c varchar(5) default 'x', d int)");
    await admin.query("alter table t alter distkey a, alter sortkey (b)");
    await admin.query("alter table t alter column a encode zstd, alter column d encode raw");
    expect(await rows(`select encoding, distkey, sortkey from pg_table_def where tablename = 't'`)).toEqual([
      ["zstd", true, 0],
      ["none", false, 1],
      ["lzo", false, 0],
      ["none", false, 0],
    ]);
    expect(await failure("alter table t drop column a")).toBe('0A000 cannot drop distkey column "a"');
    expect(await failure("alter table t drop column b")).toBe('0A000 cannot drop sortkey column "b"');
    expect(await failure("alter table t alter column a encode text255")).toMatch(/^42P16 /);
    expect(await failure("alter table t alter column c type varchar(9)")).toMatch(/it has a DEFAULT$/);
    await admin.query("insert into t (b) values ('12345')");
    expect(await failure("alter table t alter column b type varchar(4)")).toMatch(/longer than 4 bytes$/);
    await admin.query("alter table t alter column b type varchar(400)");
    expect(await failure("begin; alter table t alter column b type varchar(500)")).toMatch(/^25001 /);
    await admin.query("rollback");
    expect(await rows("select type from pg_table_def where tablename = 't' and \"column\" = 'b'")).toEqual([
      ["character varying(400)"],
    ]);
  });

  test("the DROP and TRUNCATE privileges work without ownership, and do not stand for each other", async () => {
    await admin.query(`create user a password '${password}'; create table d (x int); create table e (x int)`);
    await admin.query("insert into e values (1); grant drop on d to a; grant truncate on e to a");
    const a = await connect("a", password);
    expect(await failure("truncate d", a)).toBe("42501 permission denied for relation d");
    expect(await failure("drop table e", a)).toBe("42501 permission denied for relation e");
    await a.query("truncate e");
    await a.query("drop table d");
    expect(await rows("select count(*) from e")).toEqual([["0"]]);
  });

  test("views are not locked, tables are", async () => {
    await admin.query("create table t (a int); create view v as select a from t");
    await admin.query("begin; lock t");
    expect(await failure("lock v")).toBe('42809 "v" is not a table');
    await admin.query("rollback");
  });

  test("ANALYZE COMPRESSION names every column, with N/A for those that were not asked for", async () => {
    await admin.query("create table t (a int, b int)");
    expect(await rows("analyze compression t (b)")).toMatchObject([
      ["t", "a", "N/A", "0.00"],
      ["t", "b", expect.any(String), "0.00"],
    ]);
  });

  test("VACUUM without the privilege succeeds and does nothing; in a transaction it is refused", async () => {
    await admin.query(`create user a password '${password}'; create table t (x int)`);
    await (await connect("a", password)).query("vacuum t");
    expect(await failure("begin; vacuum t")).toMatch(/^25001 /);
    await admin.query("rollback");
  });
});

describe("sessions", () => {
  test("parameters that only Redshift has keep their values, and lose them with the transaction", async () => {
    expect(await rows("show query_group")).toEqual([["unset"]]);
    await admin.query("set query_group to 'nightly'");
    await admin.query("begin; set query_group to 'lost'; rollback");
    expect(await rows("show query_group")).toEqual([["nightly"]]);
    await admin.query("reset query_group");
    expect(await rows("show query_group")).toEqual([["unset"]]);
  });

  test("names fold until the session says otherwise", async () => {
    expect((await admin.query(`select 1 as "Foo"`)).fields[0]?.name).toBe("foo");
    await admin.query("set enable_case_sensitive_identifier to on");
    expect((await admin.query(`select 1 as "Foo"`)).fields[0]?.name).toBe("Foo");
  });

  test("what only Redshift says, answered", async () => {
    expect(
      await rows(String.raw`select top 1 dateadd(month, 1, '2020-01-31'::date)::varchar, datediff(day, '2020-01-01', '2020-02-01')::int,
        decode(null, null, 'same', 'other'), convert(varchar(3), 12345), 'a\'b\\' , 'x' + 'y' from (select 1 minus select 2) q`),
    ).toEqual([["2020-02-29 00:00:00", 31, "same", "123", "a'b\\", "xy"]]);
    await admin.query("create table letters (a varchar); insert into letters values ('x'), ('y')");
    expect(await rows("select listagg(a, '-') within group (order by a desc) from letters")).toEqual([
      ["y-x"],
    ]);
  });
});
