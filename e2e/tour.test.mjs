// The demo's tour, walked as a visitor walks it: each stop is one press. In each language it ends in under five minutes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, inWays, languages, launch, noJS, pageAt, start } from './lib.mjs';

let server, browser;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [way, open, langs] of inWays([['with JavaScript', pageAt, languages], ['without JavaScript', noJS, ['en']]])) {
  for (const lang of langs) {
    test(`five minutes in ${lang}, ${way}`, async () => {
      const began = Date.now();
      const page = await open(browser, server.url, 1280, { locale: lang });
      const check = async () => { if (open === pageAt) await assertGoodPage(page, { dark: false }); };
      const stop = async (n) => {
        await page.goto(`/${lang}/demo`);
        await page.locator(`form[action$="/demo/${n}"] button`).click();
        await page.waitForURL((url) => !url.pathname.endsWith('/demo'));
        await page.locator('h1').first().waitFor();
      };
      const then = async (n) => {
        await page.goto(`/${lang}/demo`);
        return page.locator('ol.steps > li').nth(n - 1).locator('a.btn').getAttribute('href');
      };

      await page.goto(`/${lang}/`);
      await page.locator('.banner.demo a').click();
      const stops = await page.locator('ol.steps > li').count();
      assert.ok(stops >= 5 && stops < 10, `${stops} stops`);
      await check();

      await stop(1);
      assert.ok(await page.locator('.session').count() > 10);
      await page.goto(await then(1));
      assert.match(await page.locator('body').innerText(), /ogledni|sample|eksempel/i, 'the poster says that it is a sample');
      assert.ok(await page.locator('svg path').count() > 0, 'and has its code to scan');

      await stop(2);
      assert.match(page.url(), /\/desk\/sessions\//);
      assert.equal(await page.locator('html').getAttribute('lang'), lang, 'the desk speaks the visitor’s language');
      await check();
      await page.goto(await then(2));
      await check();

      await stop(3);
      assert.ok(await page.locator('[name=title]').inputValue(), 'the second wish is filled in');
      page.heard = [];
      await page.locator('main form button.btn:not(.quiet)').first().click();
      await page.locator('#instead').waitFor();
      assert.ok(await page.locator('#instead a.chip').count() > 0, 'other rooms or times are offered');
      page.heard = [];
      await check();
      await page.goto(await then(3));

      await stop(4);
      assert.match(page.url(), /\/attendance$/);
      await check();
      await page.locator('[name=counted]').fill('7');
      await page.locator('main form button.btn:not(.quiet)').last().click();
      await page.waitForLoadState();
      await page.goto(await then(4));
      await check();

      await stop(5);
      assert.ok(await page.locator('table').count() > 0);
      await check();
      page.heard = [];
      const refused = await page.goto(await then(5));
      assert.ok([403, 404].includes(refused.status()), `a person's page answers ${refused.status()}`);
      page.heard = [];

      await stop(6);
      await page.locator('textarea[name=text]').waitFor();
      await check();
      const sealed = await page.goto(await then(6));
      assert.equal(sealed.status(), 403, 'coordination opens no message');
      page.heard = [];

      await stop(7);
      assert.ok(await page.locator('.hit').count() > 0, 'a word as people say it finds help');
      await check();
      await page.goto(await then(7));
      await page.locator('h1').first().waitFor();

      await stop(8);
      assert.match(page.url(), /\/proposals\//);
      assert.match(await page.locator('section[aria-labelledby=promise]').innerText(), /\d/, 'beside the promise stands how many came');
      await check();
      await page.locator('section[aria-labelledby=promise] a').click();
      await page.locator('#won').waitFor();
      const result = page.url();
      await check();
      await page.goto(await then(8));
      assert.equal(page.url().replace(/^.*\/votes\//, ''), result.replace(/^.*\/votes\//, ''), 'the list leads to the same result');
      await page.context().close();
      assert.ok(Date.now() - began < 5 * 60_000, 'under five minutes');
    });
  }
}
