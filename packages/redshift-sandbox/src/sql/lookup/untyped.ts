import { asTree } from "../guard/tree.ts";
import { locationOf } from "./references.ts";

/** A literal or a parameter that stands by itself, so that it gets its type from its place. */
export interface Untyped {
  /** In bytes from the start of the text. */
  readonly location: number;
  /** The parameter's number; absent for a literal. */
  readonly parameter?: number;
}

/** Whether a value is one: a list of one, or of none. */
export function untypedAt(value: unknown): Untyped[] {
  const { A_Const: constant, ParamRef: parameter } = asTree(value);
  if (parameter !== undefined)
    return [{ location: locationOf(asTree(parameter)), parameter: Number(asTree(parameter)["number"]) }];
  const isString = typeof asTree(asTree(constant)["sval"])["sval"] === "string";
  return isString ? [{ location: locationOf(asTree(constant)) }] : [];
}
