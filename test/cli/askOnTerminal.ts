import { ask } from "../../cli/ask.ts";

console.log(`\n${JSON.stringify(await ask("prod", process.argv[2]))}`);
