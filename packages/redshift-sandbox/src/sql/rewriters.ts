import { SqlError, notImitated } from "../errors.ts";
import type { Plan } from "./plan.ts";
import type { Reader } from "./reader.ts";
import { alterTable } from "./rewrite/alter-table.ts";
import { comment } from "./rewrite/comment.ts";
import { createTable } from "./rewrite/create-table.ts";
import { alterDatashare, createDatashare, describeDatashare, dropDatashare } from "./rewrite/datashare.ts";
import { dropTable, dropView } from "./rewrite/drop.ts";
import { alterDefaultPrivileges, grant, revoke } from "./rewrite/grant.ts";
import { alterGroup, createGroup, dropGroup } from "./rewrite/group.ts";
import {
  alterMaterializedView,
  createMaterializedView,
  dropMaterializedView,
  refreshMaterializedView,
} from "./rewrite/materialized-view.ts";
import { merge } from "./rewrite/merge.ts";
import { analyze, analyzeCompression, lock, truncate, vacuum } from "./rewrite/maintenance.ts";
import {
  alterMaskingPolicy,
  attachMaskingPolicy,
  createMaskingPolicy,
  detachMaskingPolicy,
  dropMaskingPolicy,
} from "./rewrite/masking-policy.ts";
import { explain } from "./rewrite/explain.ts";
import { declareCursor, prepare, query } from "./rewrite/query.ts";
import {
  alterRlsPolicy,
  attachRlsPolicy,
  createRlsPolicy,
  detachRlsPolicy,
  dropRlsPolicy,
} from "./rewrite/rls-policy.ts";
import { alterRole, createRole, dropRbacRole } from "./rewrite/role.ts";
import { alterSchema, createSchema, dropSchema } from "./rewrite/schema.ts";
import {
  begin,
  cancel,
  closeCursor,
  commit,
  deallocate,
  fetchRows,
  reset,
  rollback,
  set,
  show,
} from "./rewrite/session.ts";
import { alterUser, createUser, dropUser } from "./rewrite/user.ts";
import { createView } from "./rewrite/view.ts";

/** Reads one kind of statement. */
export type Rewriter = (reader: Reader) => Plan;

/** By the words that a statement starts with; the longest that fits wins. */
const rewriters: Readonly<Record<string, Rewriter>> = {
  select: query,
  with: query,
  insert: query,
  update: query,
  delete: query,
  explain,
  declare: declareCursor,
  fetch: fetchRows,
  close: closeCursor,
  prepare,
  execute: query,
  deallocate,
  begin,
  "start transaction": begin,
  commit,
  end: commit,
  rollback,
  abort: rollback,
  set,
  reset,
  show,
  "create table": createTable,
  "create temp table": createTable,
  "create temporary table": createTable,
  "create local": createTable,
  "create view": createView,
  "create or replace view": createView,
  "create materialized view": createMaterializedView,
  "refresh materialized view": refreshMaterializedView,
  "alter materialized view": alterMaterializedView,
  "drop materialized view": dropMaterializedView,
  "create schema": createSchema,
  "create user": createUser,
  "create group": createGroup,
  "create role": createRole,
  "alter table": alterTable,
  "alter schema": alterSchema,
  "alter user": alterUser,
  "alter group": alterGroup,
  "alter role": alterRole,
  "alter default privileges": alterDefaultPrivileges,
  "drop table": dropTable,
  "drop view": dropView,
  "drop schema": dropSchema,
  "drop user": dropUser,
  "drop group": dropGroup,
  "drop role": dropRbacRole,
  "create rls policy": createRlsPolicy,
  "alter rls policy": alterRlsPolicy,
  "drop rls policy": dropRlsPolicy,
  "attach rls policy": attachRlsPolicy,
  "detach rls policy": detachRlsPolicy,
  "create masking policy": createMaskingPolicy,
  "alter masking policy": alterMaskingPolicy,
  "drop masking policy": dropMaskingPolicy,
  "attach masking policy": attachMaskingPolicy,
  "detach masking policy": detachMaskingPolicy,
  "create datashare": createDatashare,
  "alter datashare": alterDatashare,
  "drop datashare": dropDatashare,
  "desc datashare": describeDatashare,
  grant,
  revoke,
  "comment on": comment,
  lock,
  merge,
  truncate,
  analyze,
  analyse: analyze,
  "analyze compression": analyzeCompression,
  "analyse compression": analyzeCompression,
  vacuum,
  cancel,
};

/** What Redshift has and the sandbox does not imitate. @see https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_commands.html */
const notYet = `alter database; alter external; alter function; alter identity provider;
alter model; alter procedure; alter system; call; copy;
create database; create external; create or replace external; create function; create or replace function;
create identity provider; create library; create or replace library;
create model; create procedure; create or replace procedure; desc identity provider; drop database;
drop external; drop function; drop identity provider; drop library;
drop model; drop procedure; unload;
use`;

/** What PostgreSQL has and Redshift does not. @see facts.md 7 */
const notRedshift = `alter aggregate; alter domain; alter extension; alter index; alter language; alter operator; alter sequence;
alter server; alter trigger; alter type; alter view; checkpoint; cluster; create access method; create aggregate;
create cast; create collation; create constraint trigger; create conversion; create domain; create event trigger;
create extension; create foreign; create global; create index; create language; create operator; create policy;
create publication; create recursive view; create rule; create sequence; create server; create statistics;
create subscription; create tablespace; create temp view; create temporary view; create transform; create trigger;
create trusted language; create type; create unique index; create unlogged table; discard; do; drop aggregate; drop domain;
drop extension; drop index; drop language; drop operator; drop owned; drop rule; drop sequence; drop tablespace; drop trigger;
drop type; import foreign schema; listen; load; move; notify; reassign owned; reindex; release; savepoint; security label;
unlisten`;

const phrases = (list: string): readonly (readonly string[])[] =>
  list.split(";").map((phrase) => phrase.trim().split(/\s+/));

const known = Object.entries(rewriters)
  .map(([words, rewriter]) => ({ words: words.split(" "), rewriter }))
  .sort((one, other) => other.words.length - one.words.length);
const unimitated = phrases(notYet);
const foreign = phrases(notRedshift);

/** @throws SqlError 0A000 for a statement that Redshift has and the sandbox lacks, or that Redshift lacks; 42601 for what is no statement. */
export function findRewriter(reader: Reader): Rewriter {
  if (reader.isMark("(")) return query;
  const found = known.find(({ words }) => reader.is(...words));
  if (found !== undefined) return found.rewriter;
  const missing = unimitated.find((words) => reader.is(...words));
  if (missing !== undefined) throw notImitated(missing.join(" ").toUpperCase(), reader.position());
  const unsupported = foreign.find((words) => reader.is(...words));
  if (unsupported !== undefined)
    throw new SqlError(
      "0A000",
      `SQL command "${unsupported.join(" ").toUpperCase()}" is not supported by Redshift`,
      {
        position: reader.position(),
      },
    );
  throw reader.error();
}
