// Passing on with consent, from both sides of a conversation: what would go is proposed, the person reads exactly that and
// says yes, and takes it back; acting without consent is recorded. With JavaScript, and by form alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, inWays, launch, noJS, pageAt, signIn, start } from './lib.mjs';

let server, browser;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [way, open, width] of inWays([['with JavaScript, on a phone', pageAt, 320], ['without JavaScript', noJS, 1280]])) {
  test(`asked, answered and taken back, ${way}`, async () => {
    const person = await open(browser, server.url, width, { locale: 'hr' });
    const worker = await open(browser, server.url, width, { locale: 'hr' });
    const check = async (page) => {
      page.heard = page.heard?.filter((line) => !line.includes('422'));
      if (open === pageAt) await assertGoodPage(page);
    };
    const sure = async (page) => {
      if (open === noJS) await page.getByRole('button', { name: 'Da' }).click();
      else await page.locator('dialog[open] .btn.danger, dialog[open] button[value=yes]').first().click();
    };
    await person.goto('/hr/contact');
    await person.locator('input[name=to]').nth(1).check();
    await person.locator('[name=text]').fill(`Trebam pomoć, ${way}`);
    await person.locator('form[action$="/contact"] button').click();
    await person.getByRole('link', { name: 'Nastavite' }).click();

    const who = await signIn(worker, server, 'podrska.sesnaestica');
    await worker.goto('/desk/messages');
    if (await worker.locator('main input[name=passphrase]').count()) {
      await worker.locator('main input[name=passphrase]').fill(who.passphrase);
      await worker.getByRole('button', { name: 'Otvorite' }).click();
    }
    const links = await worker.locator('.todo > li', { hasText: 'čeka kraće od sata' }).locator('a').evaluateAll((list) => list.map((a) => a.href));
    for (const link of links) { // which of them it is, a list does not say
      await worker.goto(link);
      if (await worker.locator('.said', { hasText: way }).count()) break;
    }
    const thread = worker.url();
    await check(worker);
    await worker.getByRole('link', { name: 'Predložite upućivanje' }).click();
    await check(worker);
    await worker.locator('main form').evaluate((form) => { form.noValidate = true; });
    await worker.locator('[name=summary]').fill('Sažetak koji ostaje.');
    await worker.getByRole('button', { name: 'Pitajte osobu' }).click();
    await worker.locator('#faults').waitFor();
    assert.equal(await worker.locator('[name=summary]').inputValue(), 'Sažetak koji ostaje.');
    await check(worker);
    await worker.locator('[name=to]').selectOption({ index: 1 });
    await worker.locator('summary', { hasText: 'Priložite' }).click();
    await worker.locator('[name=messages]').first().check();
    await worker.getByRole('button', { name: 'Pitajte osobu' }).click();
    await worker.locator('#referrals .tag', { hasText: 'predloženo' }).waitFor();
    await check(worker);

    await person.reload();
    const asked = person.locator('#passing');
    assert.match(await asked.innerText(), /Smijemo li se javiti[\s\S]*Sažetak koji ostaje\.[\s\S]*Trebam pomoć/);
    await check(person);
    await asked.getByRole('button', { name: 'Pristajem' }).click();
    await asked.getByText('Pitali smo').waitFor();
    await check(person);
    await worker.goto(thread);
    await worker.locator('#referrals .tag', { hasText: 'čeka prihvat' }).waitFor();
    await check(worker);
    await worker.goto('/desk/messages/referrals');
    await check(worker);

    const receiver = await open(browser, server.url, width, { locale: 'hr' });
    const member = await signIn(receiver, server, 'clan.organizacije');
    await receiver.goto('/desk/');
    const task = receiver.locator('section', { hasText: /upućivanj\S+ čeka(ju)? vaš odgovor/ });
    await check(receiver);
    await task.getByRole('link', { name: 'Pogledajte' }).click();
    if (await receiver.locator('main input[name=passphrase]').count()) {
      await receiver.locator('main input[name=passphrase]').fill(member.passphrase);
      await receiver.getByRole('button', { name: 'Otvorite' }).click();
    }
    await receiver.locator('.todo > li a').first().waitFor();
    assert.ok(await receiver.locator('.todo > li a').count() >= 2, 'the sample and this one');
    await check(receiver);
    await receiver.locator('.todo > li a').first().click();
    await check(receiver);
    assert.doesNotMatch(await receiver.locator('main').innerText(), /Sažetak koji ostaje/);
    await receiver.getByRole('button', { name: 'Prihvaćamo' }).first().click();
    await receiver.getByText('Sažetak koji ostaje.').waitFor();
    await check(receiver);
    await worker.goto('/desk/');
    await worker.getByRole('link', { name: 'Pogledajte odgovore' }).first().waitFor();
    await worker.goto(thread);
    await worker.locator('#referrals .tag', { hasText: 'prihvaćeno' }).waitFor();
    await asked.getByRole('button', { name: 'Povlačim pristanak' }).click();
    await sure(person);
    await asked.getByText('povukli ste pristanak').waitFor();

    await worker.goto(`${thread}/outside`);
    await check(worker);
    await worker.locator('[name=to]').fill('hitna pomoć');
    await worker.locator('[name=ground]').first().check();
    await worker.locator('[name=what]').fill('Pozvana je hitna pomoć.');
    await worker.getByRole('button', { name: 'Zapišite postupanje' }).click();
    await worker.locator('#outside', { hasText: 'Vrijedi tek kad potvrdi druga osoba' }).waitFor();
    await check(worker);
    await person.reload();
    assert.doesNotMatch(await person.locator('main').innerText(), /hitna pomoć/);
  });
}
