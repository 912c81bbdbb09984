#!/usr/bin/env node
// Plain JavaScript so that npm can link the command at install time, before anything is built.
import { main } from "../dist/cli/main.js";

await main(process.argv);
