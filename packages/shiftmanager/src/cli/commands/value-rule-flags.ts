import { Option, type Command } from "commander";
import type { ValueRules } from "../../index.ts";

/** Flags for the values that Redshift cannot hold, and for the check that looks for them. */
export interface ValueRuleFlags extends ValueRules {
  readonly check: boolean;
}

export function addValueRuleFlags(command: Command): Command {
  return command
    .addOption(rule("infinity", "infinite dates, times and numbers", ["refuse", "null", "clamp"]))
    .addOption(rule("nan", "numbers that are NaN", ["refuse", "null"]))
    .addOption(rule("far-dates", "years before 1 and after 9999", ["refuse", "null", "clamp"]))
    .addOption(rule("surplus-decimals", "more decimals than the column has", ["refuse", "round", "truncate"]))
    .addOption(rule("long-text", "texts with more bytes than the column has", ["refuse", "truncate"]))
    .addOption(rule("nul-characters", "\\u0000 in json that goes into SUPER", ["refuse", "remove"]))
    .addOption(rule("json-numbers", "numbers that SUPER may round", ["refuse", "allow"]))
    .option("--no-check", "do not look at the values before they are uploaded");
}

/** The rules that were given, as options of the library. */
export function valueRules({
  check,
  infinity,
  nan,
  farDates,
  surplusDecimals,
  longText,
  nulCharacters,
  jsonNumbers,
}: ValueRuleFlags): ValueRules & { readonly check: boolean } {
  return {
    check,
    ...(infinity === undefined ? {} : { infinity }),
    ...(nan === undefined ? {} : { nan }),
    ...(farDates === undefined ? {} : { farDates }),
    ...(surplusDecimals === undefined ? {} : { surplusDecimals }),
    ...(longText === undefined ? {} : { longText }),
    ...(nulCharacters === undefined ? {} : { nulCharacters }),
    ...(jsonNumbers === undefined ? {} : { jsonNumbers }),
  };
}

function rule(name: string, what: string, choices: readonly string[]): Option {
  return new Option(`--${name} <rule>`, `what becomes of ${what} (default: refuse)`).choices(choices);
}
