import { afterEach, expect, test, vi } from "vitest";
import { goOn, naming, STACK_VARIABLE, STOP_VARIABLE, toConfirm } from "../../messages/goOn.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("a run that pulumi began goes on by pulumi", () => {
  vi.stubEnv(STOP_VARIABLE, undefined);
  expect(goOn("prod")).toBe("pulumi up --stack prod   (goes on from this step)");
  expect(goOn("it's", "verifies again")).toBe("pulumi up --stack 'it'\\''s'   (verifies again)");
});

test("a run that the command began goes on by the command, which has to be told its settings again", () => {
  vi.stubEnv(STOP_VARIABLE, "/tmp/stop");
  expect(goOn("prod")).toBe(
    "npx rancher-rollback apply --stack prod   (goes on from this step; with the --config of before, if there was any)",
  );
});

test("what is to be typed names the stack as the operator did, who may have named its organization too", () => {
  vi.stubEnv(STOP_VARIABLE, "/tmp/stop");
  vi.stubEnv(STACK_VARIABLE, "acme/rancher-rollback/prod");
  expect(goOn("prod")).toContain("apply --stack acme/rancher-rollback/prod ");
  expect(naming("prod", "pulumi cancel")).toBe("pulumi cancel --stack acme/rancher-rollback/prod");
});

test("Pulumi's commands name the stack, once", () => {
  const text =
    "pulumi config set safetyCopy skip; pulumi config rm x; pulumi cancel; pulumi cancel --stack other; pulumi up";
  expect(naming("it's", text)).toBe(
    "pulumi config set --stack 'it'\\''s' safetyCopy skip; pulumi config rm --stack 'it'\\''s' x; pulumi cancel --stack 'it'\\''s'; pulumi cancel --stack other; pulumi up",
  );
});

test("the operator's word for a restore is given to whoever was asked", () => {
  vi.stubEnv(STOP_VARIABLE, undefined);
  expect(toConfirm("before-upgrade")).toBe("before `pulumi up`: pulumi config set acceptDataLossOf before-upgrade");
  expect(toConfirm("before-upgrade", true)).toBe(
    "`apply` asks for it; where nobody can be asked: --accept-data-loss-of before-upgrade",
  );
});
