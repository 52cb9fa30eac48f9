import type { RegContact } from '@nksip-ts/registrar';
import { expect } from 'chai';
import { contactsOfText, textOfContacts } from '../../packages/registrar/src/store/contact-texts.ts';

const needed: RegContact = { contact: 'sip:alice@192.0.2.1', expires: 1_800_000_000.125, call_id: 'a"\n', cseq: 7 };

describe('the text that contacts are stored as', () => {
  it('gives back each field, alone or with all others', () => {
    const others: Omit<RegContact, keyof typeof needed> = {
      q: 0, instance: '<urn:uuid:1>', reg_id: 2, path: ['<sip:p;lr>'], params: { methods: 'INVITE, BYE', audio: '' }, source: { transport: 'udp', address: '192.0.2.1', port: 5060 },
    };
    const alone = Object.entries(others).map(([name, value]): RegContact => ({ ...needed, [name]: value }));
    const contacts = [needed, { ...needed, ...others }, ...alone];
    expect(contactsOfText(textOfContacts(contacts))).to.deep.equal(contacts);
  });
});
