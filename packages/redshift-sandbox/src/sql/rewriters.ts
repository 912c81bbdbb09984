import { SqlError, notImitated } from "../errors.ts";
import type { Plan } from "./plan.ts";
import type { Reader } from "./reader.ts";
import { createTable } from "./rewrite/create-table.ts";
import { alterDefaultPrivileges, grant, revoke } from "./rewrite/grant.ts";
import { alterGroup, createGroup, dropGroup } from "./rewrite/group.ts";
import { declareCursor, explain, query } from "./rewrite/query.ts";
import { alterUser, createUser, dropUser } from "./rewrite/user.ts";

/** Reads one kind of statement. */
export type Rewriter = (reader: Reader) => Plan;

/** By the words that a statement starts with; the longest that fits wins. */
const rewriters: readonly (readonly [words: string, rewriter: Rewriter])[] = [
  ["select", query],
  ["with", query],
  ["insert", query],
  ["update", query],
  ["delete", query],
  ["explain", explain],
  ["declare", declareCursor],
  ["create table", createTable],
  ["create temp table", createTable],
  ["create temporary table", createTable],
  ["create local", createTable],
  ["create user", createUser],
  ["alter user", alterUser],
  ["drop user", dropUser],
  ["create group", createGroup],
  ["alter group", alterGroup],
  ["drop group", dropGroup],
  ["grant", grant],
  ["revoke", revoke],
  ["alter default privileges", alterDefaultPrivileges],
];

const byFirstWord = new Map<string, (readonly [words: readonly string[], rewriter: Rewriter])[]>();
for (const [words, rewriter] of rewriters) {
  const list = words.split(" ");
  const first = list[0] ?? "";
  const found = byFirstWord.get(first) ?? [];
  found.push([list, rewriter]);
  found.sort(([one], [other]) => other.length - one.length);
  byFirstWord.set(first, found);
}

/** @throws SqlError 0A000 for a statement that Redshift has and the sandbox lacks, 42601 for one that Redshift lacks. */
export function findRewriter(reader: Reader): Rewriter {
  const first = reader.peek();
  if (first === undefined) throw new SqlError("42601", "syntax error at end of input");
  if (reader.isMark("(")) return query;
  const found = byFirstWord.get(first.value)?.find(([words]) => reader.is(...words));
  if (first.kind === "word" && found !== undefined) return found[1];
  throw notImitated(
    reader.tokens
      .slice(0, 2)
      .map((token) => token.text.toUpperCase())
      .join(" "),
  );
}
