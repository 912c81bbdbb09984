import fc from "fast-check";
import { expect, test } from "vitest";
import { randomPassword } from "../../src/users/random-password.ts";

test("every password has an upper-case letter, a lower-case letter, a digit, and only allowed characters", () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 64 }), (length) => {
      const password = randomPassword(length);
      expect(password).toMatch(/^[!-~]+$/);
      expect(password).not.toMatch(/['"\\/@`]/);
      expect(password).toMatch(/[A-Z]/);
      expect(password).toMatch(/[a-z]/);
      expect(password).toMatch(/[0-9]/);
      expect(password).toHaveLength(length);
    }),
  );
});

test("the default length is 64", () => {
  expect(randomPassword()).toHaveLength(64);
});

test.each([7, 65, 8.5, Number.NaN])("a length of %d is refused", (length) => {
  expect(() => randomPassword(length)).toThrow("choose from 8 to 64");
});

test("every allowed character comes up, about equally often", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 500; i += 1) {
    for (const character of randomPassword()) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  // 32,000 draws of 88 characters: 364 each, with a standard deviation of 19; six of them leave room for chance.
  expect(counts.size).toBe(88);
  for (const count of counts.values()) expect(Math.abs(count - 364)).toBeLessThan(115);
});
