"""The order of slides, whatever people do to them, as Hypothesis tries."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from joip.errors import InvalidFields
from sessions.editing import delete_slide, edit_slide, reorder_slides
from sessions.models import Session, SessionMedia
from sessions.uploading import add_external_media
from tests.factories import add_slides, make_person, make_session
from tests.ledgers import check_objects
from tests.state_machines import NUMBERS, PARTS, beginning, delete_everything, pick, run_part

pytestmark = pytest.mark.django_db(transaction=True)

ELSEWHERE = {"external_url": "https://example.org/a.jpg", "media_type": "image"}


@beginning
def begin_anew():
    owner = make_person("owner")
    make_session(owner, slides=0)
    make_session(owner, slides=1)


class Slideshow(RuleBasedStateMachine):
    """Slides are in the order of a list, numbered from 0 without gaps, one thumbnail at most."""

    @initialize()
    def begin(self):
        begin_anew()
        self.session = Session.objects.earliest("pk")
        self.foreign = SessionMedia.objects.get().pk
        self.slides = []
        self.thumbnail = None

    @rule(count=st.integers(1, 3))
    def add_media_elsewhere(self, count):
        added = add_external_media(session=self.session, media=[ELSEWHERE] * count)
        self.slides += [slide.pk for slide in added]

    @rule(number=NUMBERS)
    def upload_a_picture(self, number):
        (slide,) = add_slides(self.session, number)
        self.slides.append(slide.pk)

    @precondition(lambda self: self.slides)
    @rule(number=NUMBERS)
    def delete(self, number):
        slide = self.slide(number)
        delete_slide(slide=slide)
        self.slides.remove(slide.pk)
        self.thumbnail = None if self.thumbnail == slide.pk else self.thumbnail

    @rule(chance=st.randoms(use_true_random=False))
    def reorder(self, chance):
        chance.shuffle(self.slides)
        reorder_slides(session=self.session, media_ids=self.slides)

    @precondition(lambda self: self.slides)
    @rule(number=NUMBERS, on=st.booleans())
    def set_thumbnail(self, number, on):
        slide = self.slide(number)
        edit_slide(slide=slide, is_thumbnail=on)
        if on or self.thumbnail == slide.pk:
            self.thumbnail = slide.pk if on else None

    @precondition(lambda self: self.slides)
    @rule(number=NUMBERS, chance=st.randoms(use_true_random=False))
    def any_other_order_is_refused(self, number, chance):
        one = self.slide(number).pk
        rest = [pk for pk in self.slides if pk != one]
        for wrong in (rest, [*self.slides, one], [*rest, self.foreign], [*rest, *rest[:1]]):
            chance.shuffle(wrong)
            with pytest.raises(InvalidFields):
                reorder_slides(session=self.session, media_ids=wrong)

    def slide(self, number):
        return SessionMedia.objects.get(pk=pick(self.slides, number))

    @invariant()
    def slides_are_as_in_the_list(self):
        slides = self.session.media.values_list("pk", "order", "is_thumbnail")
        expected = [(pk, n, pk == self.thumbnail) for n, pk in enumerate(self.slides)]
        assert list(slides) == expected

    def teardown(self):
        check_objects()
        delete_everything()


@pytest.mark.parametrize("part", PARTS)
def test_slides_keep_their_order_without_gaps(part):
    run_part(Slideshow, part)
