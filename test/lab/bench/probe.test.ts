import { describe, expect, test } from "vitest";
import { outageOf } from "../../../lab/bench/outage.ts";
import { Probe } from "../../../lab/bench/probe.ts";
import { selfSigned } from "../../support/certificate.ts";
import { until } from "../../support/folder.ts";
import { type Answers, serve } from "../../support/server.ts";

const { key, cert } = selfSigned();
const SETTING = "/v3/settings/server-version";

async function probeOf(answers: Answers) {
  const url = await serve(answers, { key, cert });
  return new Probe({ url, ca: cert.toString(), token: "token" }, Date.now());
}

/** Watches a server with these answers until it was asked for its version or its health that many times. */
async function watched(answers: (asked: () => void) => Answers, times: number) {
  let count = 0;
  const probe = await probeOf(answers(() => count++));
  await until(() => count >= times);
  return await probe.stop();
}

describe("the probe", () => {
  test("knows the version of a healthy Rancher, and asks again and again", async () => {
    const samples = await watched((asked) => ({ "/ping": "pong", [SETTING]: counted(asked, '{"value":"v2.5.8"}') }), 3);
    expect(samples.length).toBeGreaterThanOrEqual(3);
    expect(new Set(samples.map(({ version }) => version))).toEqual(new Set(["v2.5.8"]));
    expect(samples.every(({ asked, ended }) => ended >= asked)).toBe(true);
  });

  test.each<[string, (asked: () => void) => Answers]>([
    ["is not healthy", (asked) => ({ "/ping": counted(asked, [503, "not ready"]), [SETTING]: '{"value":"v2.5.8"}' })],
    ["cannot read its settings", (asked) => ({ "/ping": "pong", [SETTING]: counted(asked, [500, "no API"]) })],
    ["names no version", (asked) => ({ "/ping": "pong", [SETTING]: counted(asked, "{}") })],
    ["answers with a page", (asked) => ({ "/ping": "pong", [SETTING]: counted(asked, "<!DOCTYPE html>") })],
  ])("takes a Rancher that %s for one that does not answer", async (_, answers) => {
    const samples = await watched(answers, 2);
    expect(samples.length).toBeGreaterThanOrEqual(2);
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

function counted<T>(asked: () => void, answer: T): () => T {
  return () => {
    asked();
    return answer;
  };
}
