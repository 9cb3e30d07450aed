from credits.ledger import balance_of


def test_a_first_save_answers_with_a_new_session(client, share, saver):
    client.force_login(saver)
    answer = client.post(f"/api/community/sessions/{share.pk}/save")
    assert answer.status_code == 200, answer.content
    saved = saver.library.get()
    assert answer.json() == {"success": True, "sessionId": saved.pk, "reused": False}
    assert balance_of(saver) == 40
