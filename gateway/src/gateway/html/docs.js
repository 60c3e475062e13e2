const box=document.getElementById('q'),count=document.getElementById('n');
const rows=[...document.querySelectorAll('details[data-t]')];
function look(){
  const words=box.value.toLowerCase().split(/\s+/).filter(Boolean);let shown=0;
  for(const row of rows){const hit=words.every(w=>row.dataset.t.includes(w));row.hidden=!hit;if(hit)shown++}
  for(const part of document.querySelectorAll('section'))part.hidden=!part.querySelector('details[data-t]:not([hidden])')&&words.length>0;
  count.textContent=words.length?shown+' / '+rows.length:rows.length;
}
function reveal(){const at=location.hash&&document.getElementById(decodeURIComponent(location.hash.slice(1)));if(at&&at.tagName==='DETAILS'){at.open=true;at.scrollIntoView()}}
box.addEventListener('input',look);addEventListener('hashchange',reveal);look();reveal();
