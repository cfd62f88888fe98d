import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { writeReport } from "../../output/report/writeReport.ts";
import type { RunRecord } from "../../run/record.ts";
import { filledWith } from "../output/report/skeleton.ts";
import { EVERY_KIND, failed, killed, succeeded } from "../output/report/someRecord.ts";
import { afterwards, tempFolder } from "../support/folder.ts";
import { launchChromium } from "./chromium.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } };

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium(console.log);
  afterwards(() => browser.close());
});

/** The report as its reader opens it: a file. */
async function opened(record: RunRecord, size: keyof typeof SIZES, colorScheme: "light" | "dark" = "light") {
  const page = await browser.newPage({ viewport: SIZES[size], colorScheme });
  afterwards(() => page.close());
  const { html } = writeReport(record, join(tempFolder(), "report"));
  const file = pathToFileURL(html).href;
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(file);
  return { page, file, requests, complaints };
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations, incomplete, passes } = (await page.evaluate("axe.run()")) as AxeResults;
  expect(passes.map(({ id }) => id)).toContain("color-contrast");
  const found = [...violations, ...incomplete].flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  // What is drawn it cannot judge: `contrasts` does.
  return found.filter((one) => !one.startsWith("color-contrast: <text "));
}

/** How well what is drawn stands out, by what it is: the least of each, in front of what lies behind it. */
async function contrasts(page: Page): Promise<Record<string, number>> {
  return page.evaluate(`(() => {
    const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const over = ([r, g, b, a = 1], below) => [r, g, b].map((one, at) => one * a + below[at] * (1 - a));
    const light = (colour) => {
      const [r, g, b] = colour.map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, other) => {
      const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
      return (bright + 0.05) / (dark + 0.05);
    };
    const surface = parse(getComputedStyle(document.querySelector("section")).backgroundColor);
    const after = document.querySelector(".after");
    const behind = [surface, ...(after ? [over(parse(getComputedStyle(after).fill), surface)] : [])];
    const least = {};
    for (const one of document.querySelectorAll(".timeline .bar, .timeline .wiped, .ruler text")) {
      const style = getComputedStyle(one);
      const colour = parse(one.tagName === "text" ? style.fill : style.stroke);
      const found = Math.min(...(one.tagName === "text" ? [surface] : behind).map((below) => contrast(colour, below)));
      const name = one.tagName === "text" ? "text" : one.getAttribute("class");
      least[name] = Math.min(least[name] ?? Infinity, found);
    }
    return least;
  })()`);
}

function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
}

const VIEWS = (["desktop", "phone"] as const).flatMap((size) =>
  (["light", "dark"] as const).map((colours) => [size, colours] as const),
);

describe.each(Object.entries(EVERY_KIND))("the report of a run that is %s", (_, record) => {
  test.each(VIEWS)("has no barrier on a %s in %s, and fits its width", async (size, colours) => {
    const { page } = await opened(record(), size, colours);
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    expect(await violations(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
  });
});

test.each(["light", "dark"] as const)("what is drawn can be told from what is behind it in %s", async (colours) => {
  const shown = [succeeded(), failed(), killed()];
  const all = await Promise.all(
    shown.map(async (record) => contrasts((await opened(record, "desktop", colours)).page)),
  );
  const found = all.flatMap((one) => Object.entries(one));
  expect(new Set(found.map(([name]) => name))).toEqual(
    new Set(["text", "wiped", "bar path", "bar beside", "bar failed", "bar running"]),
  );
  for (const [name, contrast] of found) expect(contrast, name).toBeGreaterThanOrEqual(name === "text" ? 4.5 : 3);
});

test("nothing is loaded but the file itself, and the browser has nothing to complain of", async () => {
  const { page, file, requests, complaints } = await opened(succeeded(), "desktop");
  await page.waitForLoadState("networkidle");
  expect(requests).toEqual([file]);
  expect(complaints).toEqual([]);
});

test("a command that is too long for a phone goes on at a word", async () => {
  const stack = "my-organization/production";
  const command = `rancher-rollback undo --stack ${stack}`;
  const { page } = await opened({ ...succeeded(), stack }, "phone");
  const words = (await page.evaluate(
    "[...document.querySelectorAll('pre .word')].map((one) => ({ text: one.textContent, top: one.offsetTop, height: one.offsetHeight }))",
  )) as { text: string; top: number; height: number }[];
  expect(words.map(({ text }) => text).join(" ")).toBe(command);
  expect(new Set(words.map(({ height }) => height)).size).toBe(1);
  expect(new Set(words.map(({ top }) => top)).size).toBeGreaterThan(1);
  // What is copied is one line.
  await page.evaluate("getSelection().selectAllChildren(document.querySelector('code:has(.word)'))");
  expect(await page.evaluate("getSelection().toString()")).toBe(command);
});

test("the longest word of a log does not make a phone scroll sideways", async () => {
  const { page } = await opened(filledWith(failed(), "long".repeat(300)), "phone");
  expect(await scrollsSideways(page)).toBe(false);
});

test("a text that means to be a script is no script", async () => {
  const attack = `</pre></title></style><script>document.title = "broken out"</script><img src="https://evil.example/" onerror="document.title = 'broken out'">`;
  const { page, file, requests } = await opened(filledWith(failed(), attack), "desktop");
  expect(await page.title()).not.toBe("broken out");
  expect(await page.evaluate("document.querySelectorAll('script, img').length")).toBe(0);
  expect(requests).toEqual([file]);
});

test("were a script ever to get into the page, it would neither run nor load anything", async () => {
  const { page } = await opened(failed(), "desktop");
  const stopped = page.waitForEvent("requestfailed");
  await page.evaluate(
    `document.body.insertAdjacentHTML("beforeend", '<img src="http://127.0.0.1:9/" onerror="document.title = 1">')`,
  );
  await page.evaluate(
    `document.body.append(Object.assign(document.createElement("script"), { text: "document.title = 2" }))`,
  );
  expect((await stopped).failure()?.errorText).toBe("csp");
  expect(await page.title()).toContain("The rollback failed");
});

test("the keyboard reaches every link and every part that unfolds, sees where it is, and unfolds it", async () => {
  const { page } = await opened(succeeded(), "phone");
  const reachable = await page.locator("a, summary, input").count();
  const reached = new Set<string>();
  for (let presses = 0; presses < reachable; presses++) {
    await page.keyboard.press("Tab");
    reached.add(
      await page.evaluate(`(() => {
        const one = document.activeElement;
        const which = [...document.querySelectorAll("a, summary, input")].indexOf(one);
        return getComputedStyle(one).outlineStyle === "solid" ? which + one.tagName : "nothing to be seen";
      })()`),
    );
  }
  expect(reached.size).toBe(reachable);
  expect(reached).not.toContain("nothing to be seen");
  const last = page.locator("details").last();
  expect(await last.locator("pre").isVisible()).toBe(false);
  await page.keyboard.press("Enter");
  expect(await last.locator("pre").isVisible()).toBe(true);
});

test("every link leads to its section", async () => {
  const { page } = await opened(succeeded(), "phone");
  for (const link of await page.locator("nav a").all()) {
    await link.click();
    const heading = page.locator(`h2${await link.getAttribute("href")}`);
    expect(await heading.textContent()).toBe(await link.textContent());
    await expect.poll(() => heading.isVisible()).toBe(true);
  }
});

test("the nodes of a phase are drawn side by side and to scale, and the moment of no return in the restore", async () => {
  const { page } = await opened(succeeded(), "desktop");
  const boxOf = async (row: string) => {
    const box = await page.locator(".row", { hasText: row }).locator(".bar").boundingBox();
    return box ?? expect.fail(`no bar is drawn for ${row}`);
  };
  const [one, two, three] = [await boxOf("node1"), await boxOf("node2"), await boxOf("node3")];
  expect(Math.abs(one.x - two.x)).toBeLessThan(1);
  expect(two.width / one.width).toBeCloseTo((14.4 - 8.4) / (12 - 8.4), 0);
  expect(one.y).toBeLessThan(two.y);
  expect(two.y).toBeLessThan(three.y);
  const wiped = await page.locator(".bars .wiped").first().boundingBox();
  const restore = await boxOf("restore etcd");
  expect(wiped?.x).toBeGreaterThan(restore.x);
  expect(one.x).toBeLessThan(restore.x);
});

test("on paper the log is unfolded, and dark is not printed", async () => {
  const { page } = await opened(succeeded(), "desktop", "dark");
  await page.emulateMedia({ media: "print" });
  expect(await page.locator("details pre").first().isVisible()).toBe(true);
  expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
});
