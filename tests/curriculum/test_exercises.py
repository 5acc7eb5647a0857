"""What is proved of every exercise. Each test runs once for each exercise of the course."""

from handrail import proof


def test_heading_has_difficulty_and_minutes(lesson, exercise):
    assert not proof.statement_short(lesson, exercise)


def test_every_example_in_the_docstring_is_true(lesson, exercise):
    assert not proof.examples_true(lesson, exercise)


def test_solution_passes(lesson, exercise):
    assert not proof.solution_passes(lesson, exercise)


def test_stub_is_unattempted_and_leaks_no_answer(lesson, exercise):
    assert not proof.stub_hides_answer(lesson, exercise)


def test_three_hints_lead_to_the_answer_and_are_not_it(lesson, exercise):
    assert not proof.hints_lead(lesson, exercise)


def test_every_known_mistake_is_rejected_with_its_own_sentence(lesson, exercise):
    assert not proof.mistakes_told_apart(lesson, exercise)


def test_nonsense_fails_with_a_reason(lesson, exercise):
    assert not proof.nonsense_fails(lesson, exercise)


def test_mutants_are_rejected_and_few_are_equivalent(lesson, exercise, record_property):
    tally = proof.run_mutants(lesson, exercise)
    record_property("mutants", f"{tally.made} made, {tally.rejected} rejected, {tally.equivalent} equivalent")
    assert not [(str(mutant), *proof.last_calls(lesson, exercise, mutant)) for mutant in tally.survivors]
    assert not tally.unused, "listed as equivalent, but no such mutant is made"


def test_right_answers_of_a_second_author_pass(lesson, exercise):
    right = proof.second_author(lesson, exercise, "right")
    assert right, "tests/curriculum/second_author needs an independent right answer"
    assert not [problem for answer in right for problem in proof.must_pass(lesson, exercise, answer)]


def test_wrong_answers_of_a_second_author_fail(lesson, exercise):
    wrong = proof.second_author(lesson, exercise, "wrong")
    assert wrong, "tests/curriculum/second_author needs wrong answers"
    assert not [problem for answer in wrong for problem in proof.must_fail(lesson, exercise, answer)]
