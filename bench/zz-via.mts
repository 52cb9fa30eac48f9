import { compare } from './zz-h.mts';
import { readVia, scanSentBy } from '../packages/sip/src/headers/via.ts';
import { tagAt } from '../packages/sip/src/headers/name-addr.ts';
import { ParameterScanner, tokenEnd, upperCase, lowerCase } from '../packages/sip/src/grammar.ts';
const texts = Array.from({length:512},(_, i)=>Buffer.from(`PUBLISH sip:u${i+100000}-4242@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-4242-${i+100}-0;rport\r\nFrom: <sip:u${i+100000}-4242@example.com>;tag=4242f${i}\r\n`).toString('latin1'));
let sink=0; const s=texts.map(t=>t.indexOf('Via')+5), e=texts.map(t=>t.indexOf('\r\nFrom')), f=texts.map(t=>t.indexOf('From')+6), pe=texts.map(t=>t.indexOf(';'));
compare({ via:(i)=>{sink+=readVia(texts[i],s[i],e[i]).via.host.length}, sentBy:(i)=>{sink+=scanSentBy(texts[i],s[i],e[i]).host.length},
 params:(i)=>{const sc=new ParameterScanner(texts[i],pe[i],e[i]); while(sc.next()) sink+=sc.nameEnd;},
 paramsIs:(i)=>{const sc=new ParameterScanner(texts[i],pe[i],e[i]); while(sc.next()) sink+=(sc.is('branch')?1:sc.is('rport')?2:sc.is('received')?3:0);},
 tag:(i)=>{sink+=tagAt(texts[i],f[i],texts[i].length-2).length},
 up:(i)=>{sink+=upperCase(texts[i],s[i]+8,s[i]+11).length}, low:(i)=>{sink+=lowerCase(texts[i],s[i]+12,s[i]+21).length},
 tok:(i)=>{sink+=tokenEnd(texts[i],s[i]+12,s[i]+21)},
});
