import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Problem } from "../../cluster/problem.ts";
import { printable } from "../../cluster/text.ts";
import { problemLines } from "../../messages/commands.ts";
import { escaped } from "./html.ts";

interface JunitCase {
  name: string;
  /** Empty means passed. */
  problems: Problem[];
  skipped?: string | undefined;
}

interface JunitSuite {
  /** The command of `rancher-rollback` that was run. */
  command: string;
  stack: string;
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  host: string;
  /** By name, beside the stack. */
  properties: Record<string, string>;
  cases: JunitCase[];
}

/** The program, as the package and class of the tests. */
const PACKAGE = "rancher-rollback";

/**
 * A suite as JUnit XML, as CI systems take it: valid by Jenkins's schema (xunit-plugin junit-10.xsd) and by the stricter one
 * of Ant's JUnit task (windyroad/JUnit-Schema), which wants every element in its place and times without a zone.
 */
export function junitXml({ command, stack, startedAt, seconds, host, properties, cases }: JunitSuite): string {
  const name = `${command} ${stack}`;
  const failed = cases.filter(({ problems }) => problems.length > 0).length;
  const skipped = cases.filter((one) => one.skipped !== undefined).length;
  const suite = {
    id: 0,
    package: PACKAGE,
    name,
    hostname: host,
    timestamp: new Date(startedAt).toISOString().slice(0, 19),
    tests: cases.length,
    failures: failed,
    errors: 0,
    skipped,
    time: seconds.toFixed(3),
  };
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite${attributes(suite)}>
    <properties>
${Object.entries({ stack, ...properties })
  .map(([key, value]) => `      <property${attributes({ name: key, value })}/>\n`)
  .join("")}    </properties>
${cases.map((one) => caseElement(one, stack)).join("")}    <system-out></system-out>
    <system-err></system-err>
  </testsuite>
</testsuites>
`;
}

/** Writes a suite into a file, whose folder is made where there is none. */
export function writeJunit(file: string, suite: JunitSuite): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, junitXml(suite));
}

function caseElement({ name, problems, skipped }: JunitCase, stack: string): string {
  const [first] = problems;
  const inside =
    first !== undefined
      ? `<failure${attributes({ message: first.message, type: "verification" })}>${inXml(problemLines(problems, { stack }).join("\n"))}</failure>`
      : skipped !== undefined
        ? `<skipped${attributes({ message: skipped })}/>`
        : "";
  const start = `    <testcase${attributes({ name, classname: PACKAGE, time: 0 })}`;
  return inside === "" ? `${start}/>\n` : `${start}>${inside}</testcase>\n`;
}

function attributes(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([key, value]) => ` ${key}="${inXml(String(value)).replaceAll("\n", "&#10;")}"`)
    .join("");
}

/** XML 1.0 has no way to write most control characters. */
function inXml(text: string): string {
  return escaped(printable(text).replaceAll(/[\uFFFE\uFFFF]/g, ""));
}
