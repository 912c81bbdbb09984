/** What Redshift does and PostgreSQL does not, on request: so that what a program does against it can be tested. */
export interface Switches {
  /**
   * Whether the planner trusts PRIMARY KEY and UNIQUE, which are not enforced: a SELECT DISTINCT or GROUP BY over all columns of a key of one
   * table then leaves out the work and returns duplicates. Queries and what is inserted from them; not CREATE TABLE AS and UNLOAD. Default false.
   * @see https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
   */
  readonly trustDeclaredKeys?: boolean;
  /**
   * Whether a query that waits for a table which is then dropped fails, as on Redshift, even if another of that name is there meanwhile.
   * PostgreSQL would go on with the other one. Default false.
   */
  readonly dropFailsWaiters?: boolean;
}
