// Fills the heap, and nobody catches what that throws.
const objects = [];
for (;;) objects.push({});
