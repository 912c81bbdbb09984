/* eslint-disable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports --
   Only this form is still in the declaration file, where it matters: an import statement loses its comment. */

/** @ts-ignore kysely is an optional peer: a program without it still compiles, and has `any` here */
export type KyselyInstance<DB> = import("kysely").Kysely<DB>;
