import { parse, Header } from '@nksip-ts/sip';
import { compare } from './zz-h.mts';
import { tagAt } from '../packages/sip/src/headers/name-addr.ts';
const body='x'.repeat(386);
const ds = Array.from({length:512},(_, i)=>Buffer.from([`PUBLISH sip:u${i+100000}-4242@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-4242-${i}-0;rport`,
    `From: <sip:u${i+100000}-4242@example.com>;tag=4242f${i}`,`To: <sip:u${i+100000}-4242@example.com>`,`Call-ID: ${i}-4242@127.0.0.1`,
    'CSeq: 1 PUBLISH','Max-Forwards: 70','Event: presence','Expires: 3600','User-Agent: esc-bench','Content-Type: application/pidf+xml','Content-Length: 386','',body].join('\r\n')));
let sink=0;
const read=(i)=>{const r=parse(ds[i]); if(!r.ok) throw new Error(r.reason); return r.message};
const texts=ds.map(d=>d.toString('latin1'));
const fs=texts.map(t=>t.indexOf('From:')+6), fe=texts.map(t=>t.indexOf('\r\nTo'));
compare({
 textonly:(i)=>{sink+=ds[i].toString('latin1',0,380).length},
 'old text tag':(i)=>{sink+=tagAt(texts[i],fs[i],fe[i]).length},
 'text+tag':(i)=>{const t=ds[i].toString('latin1',0,380); sink+=tagAt(t,fs[i],fe[i]).length},
 'text+tag*2':(i)=>{const t=ds[i].toString('latin1',0,380); sink+=tagAt(t,fs[i],fe[i]).length+tagAt(t,fs[i],fe[i]).length},
 'text+tag*3':(i)=>{const t=ds[i].toString('latin1',0,380); sink+=tagAt(t,fs[i],fe[i]).length+tagAt(t,fs[i],fe[i]).length+tagAt(t,fs[i],fe[i]).length},
 parse:(i)=>{sink+=read(i).status}, '+from':(i)=>{sink+=read(i).fromTag.length},
 '+from twice':(i)=>{const m=read(i); sink+=m.fromTag.length; const t=m.index.text; sink+=tagAt(t,fs[i],fe[i]).length },
});
import { readVia } from '../packages/sip/src/headers/via.ts';
const vs=texts.map(t=>t.indexOf('Via:')+5), ve=texts.map(t=>t.indexOf('\r\nFrom'));
console.log('---via');
compare({
 'old via':(i)=>{sink+=readVia(texts[i],vs[i],ve[i]).host.length},
 parse:(i)=>{sink+=read(i).status}, 
 'parse, old via':(i)=>{sink+=read(i).status; sink+=readVia(texts[i],vs[i],ve[i]).host.length},
 'parse, new via':(i)=>{const m=read(i); sink+=readVia(m.index.text,vs[i],ve[i]).host.length},
 'parse, topVia':(i)=>{sink+=read(i).topVia.host.length},
});
