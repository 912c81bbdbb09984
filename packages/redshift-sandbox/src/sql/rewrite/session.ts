import { SqlError, notImitated } from "../../errors.ts";
import { quoted } from "../names.ts";
import type { Column, Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { allSettings, currentSetting, postgresSetting, readSettingValue, shownSetting } from "../settings.ts";
import { pass, script, virtual } from "../statements.ts";
import { showDatashares } from "./datashare.ts";
import { showColumns } from "./show-columns.ts";
import { showTable, showView } from "./show-definition.ts";
import { showDatabases, showProcedures, showSchemas, showTables } from "./show-lists.ts";

/**
 * BEGIN, START TRANSACTION: the isolation levels are read and have no effect, as on Redshift, where all mean the database's own.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_BEGIN.html
 */
export function begin(reader: Reader): Plan {
  if (reader.accept("start")) reader.expect("transaction");
  else {
    reader.expect("begin");
    reader.acceptOneOf("work", "transaction");
  }
  let mode = "";
  while (!reader.done) {
    if (reader.accept("isolation", "level")) {
      const known = [
        ["serializable"],
        ["read", "committed"],
        ["read", "uncommitted"],
        ["repeatable", "read"],
      ];
      if (!known.some((words) => reader.accept(...words))) throw reader.error();
    } else if (reader.accept("read", "only")) mode = " READ ONLY";
    else if (reader.accept("read", "write")) mode = " READ WRITE";
    else throw reader.error();
    reader.acceptMark(",");
  }
  return pass(`BEGIN${mode}`);
}

export function commit(reader: Reader): Plan {
  reader.next();
  reader.acceptOneOf("work", "transaction");
  reader.end();
  return pass("COMMIT");
}

export function rollback(reader: Reader): Plan {
  reader.next();
  reader.acceptOneOf("work", "transaction");
  if (reader.is("to")) throw new SqlError("0A000", "ROLLBACK TO SAVEPOINT is not supported by Redshift");
  reader.end();
  return pass("ROLLBACK");
}

/** `SET [SESSION | LOCAL] parameter { TO | = } value` @see https://docs.aws.amazon.com/redshift/latest/dg/r_SET.html */
export function set(reader: Reader): Plan {
  reader.expect("set");
  if (reader.is("role")) throw new SqlError("42501", "permission denied to set role");
  if (reader.is("transaction") || reader.is("session", "characteristics"))
    throw notImitated("SET TRANSACTION", reader.position());
  const local = reader.accept("local");
  const scope = local ? "LOCAL " : "";
  if (reader.accept("session", "authorization")) return setAuthorization(reader, scope);
  if (!local) reader.accept("session");
  if (reader.accept("time", "zone")) {
    if (reader.is("interval")) throw notImitated("SET TIME ZONE INTERVAL", reader.position());
    const zone = readSettingValue(reader, "timezone");
    reader.end();
    return pass(`SET ${scope}timezone TO ${zone ?? "DEFAULT"}`);
  }
  if (reader.accept("seed")) {
    assign(reader);
    const seed = reader.next();
    if (seed.kind !== "number" || Number(seed.value) > 1) throw reader.error(seed);
    reader.end();
    return pass(`SET ${scope}seed TO ${seed.value}`);
  }
  const name = parameterName(reader);
  if (name === "timezone" && reader.is("interval"))
    throw notImitated("SET TIMEZONE INTERVAL", reader.position());
  assign(reader);
  if (name === "session_authorization") return setAuthorization(reader, scope);
  const value = readSettingValue(reader, name);
  reader.end();
  if (name.includes(".")) return pass(`SET ${scope}${name} TO ${value ?? "DEFAULT"}`);

  const setting = postgresSetting(name);
  return pass(`SET ${scope}${setting.sql} TO ${value ?? "DEFAULT"}`);
}

/** `RESET { parameter | ALL }` */
export function reset(reader: Reader): Plan {
  reader.expect("reset");
  if (reader.accept("session", "authorization") || reader.accept("session_authorization")) {
    reader.end();
    return pass("RESET SESSION AUTHORIZATION");
  }
  if (reader.accept("all")) {
    reader.end();
    return pass("RESET ALL");
  }
  const name = reader.accept("time", "zone") ? "timezone" : parameterName(reader);
  reader.end();
  if (name.includes(".")) return pass(`RESET ${name}`);
  return pass(`RESET ${postgresSetting(name).sql}`);
}

const definitionsAndLists = {
  table: showTable,
  view: showView,
  tables: showTables,
  schemas: showSchemas,
  databases: showDatabases,
  procedures: showProcedures,
};

/** `SHOW { parameter | ALL }` @see https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW.html */
export function show(reader: Reader): Plan {
  reader.expect("show");
  if (reader.is("columns")) return showColumns(reader);
  if (reader.is("datashares")) return showDatashares(reader);
  const listed = reader.oneOf("table", "view", "tables", "schemas", "databases", "procedures");
  if (listed !== undefined) {
    reader.seek(0);
    return definitionsAndLists[listed](reader);
  }
  const listing = reader.oneOf("grants", "procedure", "external", "model", "parameters");
  if (listing !== undefined) throw notImitated(`SHOW ${listing.toUpperCase()}`, reader.position());
  if (reader.accept("all")) {
    reader.end();
    return virtual(
      "SHOW",
      async (backend) => {
        for (const name of allSettings()) {
          const { rows } = await backend.query(currentValue(name));
          backend.row([name, rows[0]?.[0] ?? null]);
        }
      },
      { columns: [text("name"), text("setting")] },
    );
  }
  let name: string;
  if (reader.accept("time", "zone")) name = "timezone";
  else if (reader.accept("transaction", "isolation", "level")) name = "transaction_isolation";
  else if (reader.accept("session", "authorization")) name = "session_authorization";
  else name = parameterName(reader);
  reader.end();
  if (name === "server_version") return shown(name, `SELECT '8.0.2'`);
  if (name.includes(".")) return pass(`SHOW ${name}`);
  const setting = shownSetting(name);
  return setting.native && name !== "search_path"
    ? pass(`SHOW ${setting.sql}`)
    : shown(name, currentValue(name));
}

/** `CANCEL pid ['message']` @see https://docs.aws.amazon.com/redshift/latest/dg/r_CANCEL.html */
export function cancel(reader: Reader): Plan {
  reader.expect("cancel");
  const processId = reader.integer();
  if (!reader.done) reader.string();
  reader.end();
  return script("CANCEL", [`SELECT pg_catalog.pg_cancel_backend(${processId})`]);
}

/** `DEALLOCATE [PREPARE] name`: there is no ALL. */
export function deallocate(reader: Reader): Plan {
  reader.expect("deallocate");
  reader.accept("prepare");
  const name = reader.name();
  reader.end();
  return pass(`DEALLOCATE ${quoted(name)}`);
}

/** `FETCH [NEXT | ALL | {FORWARD [n | ALL]}] FROM cursor` @see https://docs.aws.amazon.com/redshift/latest/dg/fetch.html */
export function fetchRows(reader: Reader): Plan {
  reader.expect("fetch");
  let direction = "NEXT";
  if (reader.accept("forward")) direction = `FORWARD ${howMany(reader) ?? "1"}`;
  else if (!reader.accept("next")) direction = howMany(reader) ?? "NEXT";
  reader.expect("from");
  const cursor = reader.name();
  reader.end();
  return pass(`FETCH ${direction} FROM ${quoted(cursor)}`);
}

export function closeCursor(reader: Reader): Plan {
  reader.expect("close");
  const cursor = reader.name();
  reader.end();
  return pass(`CLOSE ${quoted(cursor)}`);
}

function howMany(reader: Reader): string | undefined {
  if (reader.accept("all")) return "ALL";
  return reader.peek()?.kind === "number" ? String(reader.integer()) : undefined;
}

/** A superuser may run as another user; never as the engine's owner, nor as a group. */
function setAuthorization(reader: Reader, scope: string): Plan {
  if (reader.accept("default")) {
    reader.end();
    return pass(`SET ${scope}SESSION AUTHORIZATION DEFAULT`);
  }
  const user = reader.peek()?.kind === "string" ? reader.string() : reader.userName();
  reader.end();
  return script("SET", [`SET ${scope}SESSION AUTHORIZATION ${quoted(reader.names.userRole(user))}`]);
}

/** `name`, or `a.b`: a session context variable. */
function parameterName(reader: Reader): string {
  const token = reader.next();
  if (token.kind !== "word" && token.kind !== "quoted") throw reader.error(token);
  const name = token.value.toLowerCase();
  if (!reader.acceptMark(".")) return name;
  const second = reader.next();
  if (token.kind !== "word" || second.kind !== "word") throw reader.error(second);
  // The prefixes of the sandbox, and of the one language that the engine has.
  if (["redshift", "redshift_sandbox", "plpgsql"].includes(token.value))
    throw new SqlError("42501", `permission denied to set parameter "${token.value}.${second.value}"`);
  return `${quoted(token.value)}.${quoted(second.value)}`;
}

function assign(reader: Reader): void {
  if (!reader.accept("to")) reader.expectMark("=");
}

function currentValue(name: string): string {
  return `SELECT ${currentSetting(shownSetting(name))}`;
}

function shown(name: string, sql: string): Plan {
  return virtual(
    "SHOW",
    async (backend) => {
      const { rows } = await backend.query(sql);
      backend.row([rows[0]?.[0] ?? null]);
    },
    { columns: [text(name)] },
  );
}

function text(name: string): Column {
  return { name, oid: 25 };
}
