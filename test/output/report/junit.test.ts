import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { junitXml } from "../../../output/report/junit.ts";

const problem = (message: string) => ({ message, remedy: "look at it" });

const suite = {
  ...{ command: "verify", stack: "prod" },
  startedAt: "2026-11-23T03:00:00.123Z",
  seconds: 4.25,
  host: "console",
  properties: { cluster: "prod" },
  cases: [
    { name: "etcd", problems: [] },
    { name: "nodes", problems: [problem("node2: not Ready"), problem('node3: "<gone>" & away')] },
    { name: "leader", problems: [], skipped: "not looked at" },
  ],
};

/** The names of the elements of a document, in order, and its attributes; throws where it is not well-formed. */
function elements(xml: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  const body = xml.replace(/^<\?xml[^?]*\?>\n/, "");
  const tag = /<(\/?)([\w-]+)((?: [\w-]+="[^"<&]*(?:&(?:amp|lt|gt|quot|#39|#10);[^"<&]*)*")*)(\/?)>/g;
  const text = body.replaceAll(tag, (_, closing, name, __, empty) => {
    if (closing) expect(open.pop()).toBe(name);
    else {
      seen.push(name);
      if (!empty) open.push(name);
    }
    return "";
  });
  expect(open).toEqual([]);
  // What is left is text.
  expect(text).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#39);)/);
  return seen;
}

describe("JUnit XML", () => {
  test("has a test for each check, with what failed, and what was not checked", () => {
    const xml = junitXml(suite);
    expect(elements(xml)).toEqual([
      ...["testsuites", "testsuite", "properties", "property", "property", "testcase", "testcase", "failure"],
      ...["testcase", "skipped", "system-out", "system-err"],
    ]);
    expect(xml).toContain('tests="3" failures="1" errors="0" skipped="1" time="4.250"');
    expect(xml).toContain(
      '<failure message="node2: not Ready" type="verification">node2: not Ready\n  → look at it\nnode3: &quot;&lt;gone&gt;&quot; &amp; away\n  → look at it</failure>',
    );
  });

  test("has its time without a zone, as the strictest schema wants it", () => {
    expect(junitXml(suite)).toContain(' timestamp="2026-11-23T03:00:00"');
  });

  test("stays well-formed whatever a node says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (anything) => {
        const cases = [
          { name: anything, problems: [problem(anything)] },
          { name: "x", problems: [], skipped: anything },
        ];
        const xml = junitXml({ ...suite, stack: anything, host: anything, properties: { x: anything }, cases });
        expect(elements(xml)).toHaveLength(11);
        // Characters that XML 1.0 does not have.
        expect(xml).not.toMatch(/[^\t\n\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
      }),
    );
  });
});
