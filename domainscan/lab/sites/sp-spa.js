// LAB FILE: the script that would draw the page.
document.getElementById('app').textContent = 'Bird counts of the estuary';
