#!/usr/bin/env -S node --
// Plain JavaScript so that npm can link the command at install time, before anything is built.
// The `--` keeps Node from taking an `--env-file` meant for `sandbox start` for its own.
import { main } from "../dist/cli/main.js";

await main(process.argv);
