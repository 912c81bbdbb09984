import { SqlError, notImitated } from "../../errors.ts";
import { knownFunctions, knownOperators, knownTypes, missingFunctions } from "../known.ts";
import type { Edition } from "../plan.ts";
import { refuseHidden, refuseOwnSchema } from "../system-relations.ts";
import { asList, asTree, schemaOf, strings } from "./tree.ts";
import type { Tree } from "./tree.ts";

const valueFunctions: ReadonlySet<string> = new Set([
  "SVFOP_CURRENT_DATE",
  "SVFOP_CURRENT_TIME",
  "SVFOP_CURRENT_TIMESTAMP",
  "SVFOP_LOCALTIME",
  "SVFOP_LOCALTIMESTAMP",
  "SVFOP_CURRENT_USER",
  "SVFOP_USER",
  "SVFOP_SESSION_USER",
  "SVFOP_CURRENT_SCHEMA",
]);

const expressionKinds: ReadonlySet<string> = new Set([
  "AEXPR_OP",
  "AEXPR_OP_ANY",
  "AEXPR_OP_ALL",
  "AEXPR_IN",
  "AEXPR_LIKE",
  "AEXPR_ILIKE",
  "AEXPR_SIMILAR",
  "AEXPR_BETWEEN",
  "AEXPR_NOT_BETWEEN",
  "AEXPR_NULLIF",
]);

/** Whatever a node names must be known: relations, functions, types and operators. */
export function checkNames(node: Tree, edition: Edition): void {
  if (typeof node["relname"] === "string") refuseHidden(schemaOf(node), node["relname"], edition);
  if (Array.isArray(node["funcname"])) checkFunction(node);
  if (Array.isArray(node["names"]) && node["typemod"] !== undefined) checkType(node);
  if (node["typeName"] !== undefined && node["arg"] !== undefined) checkObjectLiteral(node, edition);
  if (typeof node["kind"] === "string" && node["kind"].startsWith("AEXPR")) checkOperator(node);
  if (
    typeof node["op"] === "string" &&
    node["op"].startsWith("SVFOP") &&
    !valueFunctions.has(node["op"].replace(/_N$/, ""))
  )
    throw new SqlError("42601", `syntax error at or near "${node["op"].slice(6).toLowerCase()}"`);
  if (node["limitOption"] === "LIMIT_OPTION_WITH_TIES") throw notImitated("FETCH FIRST … WITH TIES");
}

function checkFunction(node: Tree): void {
  const names = strings(node["funcname"]);
  const name = names.at(-1) ?? "";
  const schema = names.length > 1 ? names.at(-2) : undefined;
  if (schema === "redshift_sandbox")
    throw new SqlError("42501", "permission denied for schema redshift_sandbox");
  if (missingFunctions.has(name) || name.startsWith("st_")) throw notImitated(`function ${name}`);
  if ((schema !== undefined && schema !== "pg_catalog") || !knownFunctions.has(name))
    throw new SqlError("42883", `function ${names.join(".")} does not exist`, {
      hint: "The sandbox knows the functions of Redshift's manual only; user-defined functions are not imitated.",
    });
  if (node["func_variadic"] === true) throw new SqlError("42601", 'syntax error at or near "variadic"');
}

function checkType(node: Tree): void {
  const names = strings(node["names"]);
  const name = names.at(-1) ?? "";
  if (!knownTypes.has(name) || (names.length > 1 && names[0] !== "pg_catalog"))
    throw new SqlError("42704", `type "${names.join(".").replace(/^pg_catalog\./, "")}" does not exist`);
  if (asList(node["arrayBounds"]).length > 0 && name !== "aclitem" && name !== "text")
    throw new SqlError("0A000", "arrays are not supported by Redshift");
}

/** `'schema.name'::regclass` and its like name an object as a query does. */
function checkObjectLiteral(node: Tree, edition: Edition): void {
  const type = strings(asTree(node["typeName"])["names"]).at(-1) ?? "";
  const text = asTree(asTree(asTree(node["arg"])["A_Const"])["sval"])["sval"];
  if (!type.startsWith("reg") || typeof text !== "string") return;
  const [, schema, name] = /^\s*(?:"?(\w+)"?\s*\.\s*)?"?(\w+)/.exec(text.toLowerCase()) ?? [];
  if (schema !== undefined) refuseOwnSchema(schema);
  if (type === "regclass" && name !== undefined) refuseHidden(schema, name, edition);
}

function checkOperator(node: Tree): void {
  const kind = String(node["kind"]);
  if (!expressionKinds.has(kind)) {
    if (kind === "AEXPR_DISTINCT" || kind === "AEXPR_NOT_DISTINCT")
      throw new SqlError("42601", 'syntax error at or near "distinct"', {
        hint: "Redshift has no IS DISTINCT FROM.",
      });
    throw notImitated(`this expression (${kind})`);
  }
  const names = strings(node["name"]);
  const operator = names.at(-1) ?? "";
  const [schema] = names.length > 1 ? names : [];
  if (schema !== undefined) refuseOwnSchema(schema);
  if (kind.startsWith("AEXPR_OP") && !knownOperators.has(operator))
    throw new SqlError("42883", `operator does not exist: ${operator}`);
}
