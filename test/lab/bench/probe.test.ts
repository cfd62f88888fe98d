import { describe, expect, test } from "vitest";
import { outageOf } from "../../../lab/bench/outage.ts";
import { Probe } from "../../../lab/bench/probe.ts";
import { selfSigned } from "../../support/certificate.ts";
import { until } from "../../support/folder.ts";
import { type Answers, serve } from "../../support/server.ts";

const { key, cert } = selfSigned();
type Answer = string | [status: number, body: string];
const SETTING = "/v3/settings/server-version";

async function probeOf(answers: Answers) {
  const url = await serve(answers, { key, cert });
  return new Probe({ url, ca: cert.toString(), token: "token" }, Date.now());
}

/** Watches a server with these answers until it was asked six times: that is at least three questions. */
async function watched(answers: Record<string, Answer>) {
  let count = 0;
  const counting = (answer: Answer) => () => {
    count++;
    return answer;
  };
  const counted = Object.entries(answers).map(([path, answer]) => [path, counting(answer)]);
  const probe = await probeOf(Object.fromEntries(counted));
  await until(() => count >= 6);
  return await probe.stop();
}

describe("the probe", () => {
  test("knows the version of a healthy Rancher, and asks again and again", async () => {
    const samples = await watched({ "/ping": "pong", [SETTING]: '{"value":"v2.5.8"}' });
    expect(samples.length).toBeGreaterThanOrEqual(3);
    expect(new Set(samples.map(({ version }) => version))).toEqual(new Set(["v2.5.8"]));
    expect(samples.every(({ asked, ended }) => ended >= asked)).toBe(true);
  });

  test.each<[string, Answer, Answer]>([
    ["is not healthy", [503, "not ready"], '{"value":"v2.5.8"}'],
    ["cannot read its settings", "pong", [500, "no API"]],
    ["names no version", "pong", "{}"],
    ["answers with a page", "pong", "<!DOCTYPE html>"],
  ])("takes a Rancher that %s for one that does not answer", async (_, ping, setting) => {
    const samples = await watched({ "/ping": ping, [SETTING]: setting });
    expect(samples.length).toBeGreaterThanOrEqual(3);
    expect(samples.filter(({ version }) => version !== undefined)).toEqual([]);
  });

  test("measures how long Rancher was away", async () => {
    let pings = 0;
    const ping: Answers[string] = () => (++pings <= 4 ? [503, "not ready"] : "pong");
    const probe = await probeOf({ "/ping": ping, [SETTING]: '{"value":"v2.5.8"}' });
    expect(await probe.untilSteady("v2.5.8", 0.3, 60)).toBe(true);
    const samples = await probe.stop();
    expect(samples.filter(({ version }) => version === undefined)).toHaveLength(4);
    expect(outageOf(samples, "v2.5.8")?.seconds).toBeGreaterThan(0);
    expect(outageOf(samples, "v2.5.9")).toBeUndefined();
  });

  test("gives up waiting for a version that does not answer", async () => {
    const probe = await probeOf({ "/ping": "pong", [SETTING]: '{"value":"v2.6.0"}' });
    expect(await probe.untilSteady("v2.5.8", 0.1, 0.4)).toBe(false);
    await probe.stop();
  });
});
