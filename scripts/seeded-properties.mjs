// @ts-check
import fc from "fast-check";

/** Every property draws from one seed, FAST_CHECK_SEED, so that a run can be had again as it was; without it each run draws its own. */
fc.configureGlobal({ seed: Number(process.env["FAST_CHECK_SEED"]) });
