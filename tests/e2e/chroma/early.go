package chroma

// Early is the only server before 1.0.11 that can be had, for what was mended then: a build between 1.0.10 and 1.0.11,
// which still panics at a wildcard origin. It goes by the tag 1.0.10.
var Early = Release{"1.0.10", "0.1.3", "sha512-YMY4A0tYbmsiyV7ASS+aL7cp+QdoFpC6Q4AjBgpA9+Lh131eli0xIqrnwe3/YF5SkcAKK/1GcNXqSzx8P3eVLQ=="}
