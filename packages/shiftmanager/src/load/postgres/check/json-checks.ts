import { option, wording } from "../../../wording.ts";
import type { TableTransfer } from "../column-transfer.ts";
import { valueKind } from "../types/value-kind.ts";
import type { ValueRules } from "../value-rules.ts";
import type { Refusal, ValueCheck } from "./refusal.ts";

/** Limits of one SUPER value. @see facts.md 4 */
const deepest = 1000;
const longestString = 65_535;

/** The check for SUPER: what its text would be parsed as. @see facts.md 4 */
export function jsonCheck(
  { source, expression }: TableTransfer,
  { jsonNumbers = "refuse" }: ValueRules,
): ValueCheck | undefined {
  const kind = valueKind(source);
  if (kind === "whole" || kind === "boolean" || kind.startsWith("time") || kind === "date") return undefined;
  const nests = kind === "json" || kind === "nested" || kind === "other";
  const hasStrings = nests || kind === "text" || kind === "bytes";
  const hasNumbers = nests || kind === "decimal";
  // What is jsonb has been parsed; what is json is still as somebody wrote it.
  const asWritten = source.type === "json" || kind === "nested" || kind === "other";
  const refusals = (json: string): readonly Refusal[] => [
    ...(asWritten ? [nulCharacter(json), halfSurrogate(json)] : []),
    ...(hasNumbers && jsonNumbers === "refuse" ? [inexactNumber(json, source.type === "jsonb")] : []),
    ...(hasStrings ? [longString(json)] : []),
    ...(nests ? [tooDeep(json)] : []),
  ];
  return refusals("v").length === 0 ? undefined : { input: `(${expression})::text`, refusals };
}

/** SQL of the text without the backslashes that mean themselves, so that each one left begins an escape. */
function onlyEscapes(json: string): string {
  return String.raw`replace(${json}, '\\', '')`;
}

function nulCharacter(json: string): Refusal {
  return {
    when: String.raw`strpos(${json}, '\u0000') > 0 AND strpos(${onlyEscapes(json)}, '\u0000') > 0`,
    reason: wording`holds \\u0000, which Redshift cannot store; mend it, or let it be taken out (${option("nulCharacters", "remove")})`,
  };
}

function halfSurrogate(json: string): Refusal {
  const gate = String.raw`(strpos(${json}, '\ud') > 0 OR strpos(${json}, '\uD') > 0)`;
  const pair = String.raw`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`;
  return {
    when: String.raw`${gate} AND regexp_replace(${onlyEscapes(json)}, '${pair}', '', 'g') ~ '\\u[dD][89a-fA-F]'`,
    reason: "holds half of a surrogate pair, which is not text",
  };
}

/** A string of JSON, quotes included. */
const string = String.raw`"(?:[^"\\]|\\.)*"`;

/**
 * SUPER keeps 64-bit integers and doubles exactly; what decimals it would keep beyond them no source says. A number that
 * is neither has sixteen digits in a row or a power of ten, so that few texts are looked at closely.
 */
function inexactNumber(json: string, plain: boolean): Refusal {
  const numbers = String.raw`regexp_matches(regexp_replace(${json}, '${string}', '""', 'g'), '(-?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?)', 'g') AS number`;
  const inexact = `FROM ${numbers} WHERE NOT ${isExact("number[1]")}`;
  return {
    when: `${json} ~ '[0-9.]{16}${plain ? "" : "|[0-9][eE][+-]?[0-9]"}' AND EXISTS (SELECT ${inexact})`,
    detail: `(SELECT number[1] ${inexact} LIMIT 1)`,
    reason: (number) =>
      wording`holds the number ${number.length > 60 ? `${number.slice(0, 60)}…` : number}, which SUPER may round; make it text, or allow it (${option("jsonNumbers", "allow")})`,
  };
}

function isExact(number: string): string {
  return `CASE
      WHEN ${number} ~ '^-?[0-9]{1,15}$' THEN true
      WHEN ${number} ~ '^-?0+([.]0+)?([eE]|$)' THEN true
      WHEN length(${number}) > 1000 OR ${number} ~ '[eE][+-]?0*[0-9]{4}' THEN false
      WHEN ${number} ~ '^-?[0-9]+$' AND ${number}::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN true
      WHEN abs(${number}::numeric) NOT BETWEEN 5e-324 AND 1.7976931348623157e308 THEN false
      ELSE ${number}::float8::text::numeric = ${number}::numeric
    END`;
}

/** @see AWS limitations-super: older pages say 65,535 bytes, newer ones 16,000,000, which a cluster has to be told to take */
function longString(json: string): Refusal {
  const longest = String.raw`(SELECT max(octet_length(regexp_replace(found[1], '\\u[0-9a-fA-F]{4}|\\.', '.', 'g')) - 2) FROM regexp_matches(${json}, '(${string})', 'g') AS found)`;
  return {
    when: `octet_length(${json}) > ${longestString} AND ${longest} > ${longestString}`,
    detail: `${longest}::text`,
    reason: (bytes) =>
      wording`holds a string of ${bytes} bytes, and SUPER holds ${longestString} unless the cluster was told to take longer ones; shorten it, or load without the check (${option("check", false)})`,
  };
}

function tooDeep(json: string): Refusal {
  const brackets = `2 * octet_length(${json}) - octet_length(replace(${json}, '[', '')) - octet_length(replace(${json}, '{', ''))`;
  const only = String.raw`regexp_replace(regexp_replace(${json}, '${string}', '', 'g'), '[^][{}]', '', 'g')`;
  const depth = `(
      SELECT max(depth) FROM (
        SELECT sum(CASE WHEN bracket IN ('[', '{') THEN 1 ELSE -1 END) OVER (ORDER BY place) AS depth
        FROM unnest(string_to_array(${only}, NULL)) WITH ORDINALITY AS each (bracket, place)
      ) AS depths
    )`;
  return {
    when: `octet_length(${json}) > ${2 * deepest} AND ${brackets} > ${deepest} AND ${depth} > ${deepest}`,
    detail: `${depth}::text`,
    reason: (levels) => `is nested ${levels} levels deep, and SUPER holds ${deepest}`,
  };
}
