# Not mistakes, but worth a word on every plan.

check "encrypted_on_the_way" {
  assert {
    condition     = local.cdn
    error_message = "A bucket as website answers over plain HTTP, and everybody in the world may read all of it."
  }
}
