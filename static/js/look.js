/* The phone's page is kept without knowing anybody; how he wants it to look stands on his device. Before it is painted. */
try { document.documentElement.className = localStorage.getItem("sj:look") || ""; } catch (e) { /* as the system does */ }
