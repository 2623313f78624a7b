// Prints its own process id.
console.log(process.pid)
