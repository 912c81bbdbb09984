#!/usr/bin/env -S node --
// Plain JavaScript so that npm can link the command at install time, before anything is built.
// The `--` keeps Node from taking our `--env-file` for its own: it looks for that among the arguments of the script as well.
import { main } from "../dist/cli/main.js";

process.exitCode = await main(process.argv);
